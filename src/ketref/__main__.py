"""What does `python -m ketref` run?"""

import sys

from ketref.cli import main

sys.exit(main())
