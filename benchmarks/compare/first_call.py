"""How long does it take from `import ketref` to the first answers, where Polars is loaded and the frames are read?

`python first_call.py detect_many|evaluate FOLDER` prints the seconds.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

if __name__ == "__main__":
    import task
    import with_polars
    from thresholds import KEYS

    call, folder = sys.argv[1], Path(sys.argv[2])
    if call == "detect_many":
        asked = [with_polars.frame(task.questions(folder, *KEYS, "since"))]
    else:
        doses, samples = ("subject", "substance", "route", "start"), ("subject", "matrix", "time")
        asked = [with_polars.frame(table) for table in task.timeline(folder, doses, samples)]
    for name in [name for name in sys.modules if name.split(".")[0] == "ketref"]:
        del sys.modules[name]
    begin = perf_counter()
    import ketref

    getattr(ketref, call)(*asked, columns=("status",), rules=ketref.load(folder / "book"))
    print(perf_counter() - begin)
