"""How long does it take from `import ketref` to the first answers, where Polars is loaded and the frame is read?"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

if __name__ == "__main__":
    import task
    import with_polars
    from thresholds import KEYS

    folder = Path(sys.argv[1])
    asked = with_polars.frame(task.questions(folder, *KEYS, "since"))
    for name in [name for name in sys.modules if name.split(".")[0] == "ketref"]:
        del sys.modules[name]
    begin = perf_counter()
    import ketref

    ketref.detect_many(asked, columns=("status",), rules=ketref.load(folder / "book"))
    print(perf_counter() - begin)
