"""How are files of any size read and written, batch by batch?"""
