"""Modules run as Python runs them: each program is run by Python, too, and `RESULT` of its entry must be the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from evaluating import Evaluated

from zencompile.frontend.values import Unknown

PROGRAMS = {
    "a module sets attributes of another": {
        "main.py": "import config\nimport debug\nimport derived\nRESULT = [config.ROWS, derived.DOUBLE, config.NEW]\n",
        "config.py": "ROWS = 10\n",
        "debug.py": "import config\nconfig.ROWS += 5\nsetattr(config, 'NEW', config.ROWS)\n",
        "derived.py": "import config\nDOUBLE = config.ROWS * 2\n",
    },
    "a from import binds once, an attribute is read each time": {
        "main.py": "from config import ROWS\nimport config\nimport change\nRESULT = [ROWS, config.ROWS]\n",
        "config.py": "ROWS = 1\n",
        "change.py": "import config\nconfig.ROWS = 2\n",
    },
    "a shared iterator": {
        "main.py": "import two\nimport one\nfrom ids import NEXT\nRESULT = [one.ID, two.ID, next(NEXT)]\n",
        "ids.py": "import itertools\nNEXT = itertools.count(5)\n",
        "one.py": "from ids import NEXT\nID = next(NEXT)\n",
        "two.py": "from ids import NEXT\nID = next(NEXT)\n",
    },
    "a star import copies what there is": {
        "main.py": "from names import *\nfrom more import *\nimport names\nnames.A = 9\nRESULT = [A, B, '_c' in globals(), D]\n",
        "names.py": "A = 1\nB = 2\n_c = 3\n",
        "more.py": "__all__ = ['D', 'B']\nfrom names import A\nB = 20\nD = A + B\n__all__ += []\n",
    },
    "a star import of a list that grows": {
        "main.py": "from pack import *\nRESULT = sorted(n for n in globals() if n in ('x', 'y', 'z', 'sub'))\n",
        "pack/__init__.py": "__all__ = ['x']\nfrom . import sub\nx = 1\ny = 2\n__all__.extend(sub.__all__)\nfrom .sub import *\n",
        "pack/sub.py": "__all__ = ['z']\nz = 3\nw = 4\n",
    },
    "a circle sees the half-made module": {
        "main.py": "import a\nRESULT = [a.SEEN, a.b.SEEN, a.FULL]\n",
        "a.py": "EARLY = 1\nimport b\nLATE = 2\nSEEN = hasattr(b, 'SEEN')\nFULL = b.look()\n",
        "b.py": "import a\nSEEN = [hasattr(a, 'EARLY'), hasattr(a, 'LATE')]\ndef look():\n    return a.LATE\n",
    },
    "a circle that can't be": {
        "main.py": "try:\n    import a\nexcept ImportError:\n    RESULT = 'no'\nelse:\n    RESULT = 'yes'\n",
        "a.py": "from b import X\nY = 1\n",
        "b.py": "from a import Y\nX = 1\n",
    },
    "a module that raised is run again": {
        "main.py": "import state\nfor _ in range(3):\n    try:\n        import bad\n    except ValueError:\n        pass\n"
        "RESULT = state.RUNS\n",
        "state.py": "RUNS = []\n",
        "bad.py": "import state\nstate.RUNS.append(len(state.RUNS))\nif len(state.RUNS) < 3:\n    raise ValueError\n",
    },
    "submodules become attributes when they have run": {
        "main.py": "import pack\nbefore = hasattr(pack, 'sub')\nimport pack.sub as short\nRESULT = [before, pack.sub.X, short is pack.sub]\n",
        "pack/__init__.py": "",
        "pack/sub.py": "X = 4\n",
    },
    "a name of a package hides its submodule": {
        "main.py": "from pack import sub\nimport pack.sub as again\nimport pack\nRESULT = [sub, again == 5, pack.sub == 5]\n",
        "pack/__init__.py": "from . import sub\nsub = 5\n",
        "pack/sub.py": "",
    },
    "an import binds the name of the package": {
        "main.py": "import pack.deep.leaf\nRESULT = [pack.deep.leaf.X, pack.ORDER]\n",
        "pack/__init__.py": "ORDER = ['pack']\n",
        "pack/deep/__init__.py": "import pack\npack.ORDER.append('deep')\n",
        "pack/deep/leaf.py": "from .. import ORDER\nORDER.append('leaf')\nX = __package__ + '|' + __name__\n",
    },
    "a late import runs when it is reached": {
        "main.py": "import log\ndef go():\n    import late\n    return late.N\nlog.L.append('before')\nr = go()\ngo()\nRESULT = [r, log.L]\n",
        "log.py": "L = []\n",
        "late.py": "from log import L\nL.append('late')\nN = len(L)\n",
    },
    "the entry imported again is another module": {
        "main.py": "COUNT = [1]\nif __name__ == '__main__':\n    import other\n    COUNT.append(2)\n"
        "    RESULT = [COUNT, other.main.COUNT, other.main is other]\n",
        "other.py": "import main\nmain.COUNT.append(3)\n",
    },
    "a module's own getattr": {
        "main.py": "import lazy\nfrom lazy import four\ntry:\n    lazy.nothing\nexcept AttributeError:\n    missing = True\n"
        "RESULT = [four, lazy.three, missing]\n",
        "lazy.py": "def __getattr__(name):\n    if name in ('three', 'four'):\n        return len(name)\n    raise AttributeError(name)\n",
    },
    "globals, vars and the dictionary of a module": {
        "main.py": "import made, sys\nvars(made)['D'] = 4\nmade.__dict__['E'] = 5\nsetattr(sys.modules['made'], 'F', 6)\n"
        "RESULT = [made.A, made.B, made.C, made.D, made.E, made.F]\n",
        "made.py": "globals()['A'] = 1\nglobals().update(B=2)\nexec('C = A + B')\n",
    },
    "a module is reloaded": {
        "main.py": "import importlib\nimport count\ncount.N = 10\nkept = count.seen\nimportlib.reload(count)\nRESULT = [count.N, kept is count.seen, count.extra]\n",
        "count.py": "N = 1\nseen = globals().get('seen', [])\nseen.append(N)\nextra = len(seen)\n",
    },
    "import_module and relative names": {
        "main.py": "import importlib\nm = importlib.import_module('pack.sub')\nn = importlib.import_module('.sub', 'pack')\nRESULT = [m is n, m.X]\n",
        "pack/__init__.py": "",
        "pack/sub.py": "X = 1\n",
    },
    "names are deleted and bound anew": {
        "main.py": "import config\ndel config.A\ntry:\n    config.A\nexcept AttributeError:\n    config.A = 'again'\n"
        "def f():\n    return later\nlater = 1\nfirst = f()\nlater = 2\nRESULT = [config.A, first, f()]\n",
        "config.py": "A = 1\n",
    },
    "functions use the names of their own module": {
        "main.py": "from lib import bump, value\nN = 100\nbump()\nbump()\nimport lib\nRESULT = [value(), lib.N, N]\n",
        "lib.py": "N = 0\ndef bump():\n    global N, M\n    N += 1\n    M = N\ndef value():\n    return [N, M]\n",
    },
    "a module that is forgotten runs again": {
        "main.py": "import sys, seen, n\nbefore = 'late' in sys.modules\ndel sys.modules['n']\nimport n as again\nfrom late import X\n"
        "RESULT = [seen.L, again is n, before, 'late' in sys.modules]\n",
        "seen.py": "L = []\n",
        "late.py": "X = 1\n",
        "n.py": "import seen\nseen.L.append(__name__)\n",
    },
    "names of classes and of their bodies": {
        "main.py": "class C:\n    global Q\n    Q = 5\n    x = 1\n    def get(self):\n        return __class__.x + self.x\n"
        "import half\nRESULT = [Q, hasattr(C, 'Q'), C().get(), half.WHY]\n",
        "half.py": "import other\nY = 1\nfrom other import WHY\n",
        "other.py": "import half\ntry:\n    half.Y\nexcept AttributeError as error:\n    WHY = str(error)\n",
    },
    "what a function raises that Python's own calls goes on as it is": {
        "main.py": "import re, functools\nclass Odd(Exception): pass\ndef odd(*given):\n    raise Odd(len(given))\nRESULT = []\n"
        "for act in (lambda: re.sub('a', odd, 'a'), lambda: sorted([2, 1], key=odd), lambda: functools.reduce(odd, [1, 2]),\n"
        "            lambda: max([1, 2], key=odd), lambda: list(map(odd, [1])), lambda: {}.get(odd()), lambda: f'{odd()}'):\n"
        "    try:\n        act()\n    except Odd as error:\n        RESULT.append(str(error))\n",
    },
    "a registry that decorators of other modules fill": {
        "main.py": "from registry import ALL\nimport models.b, models.a\nRESULT = [[n, f()] for n, f in ALL.items()]\n",
        "registry.py": "ALL = {}\ndef register(name):\n    def inner(function):\n        ALL[name] = function\n        return function\n    return inner\n",
        "models/__init__.py": "from registry import register\n@register('base')\ndef base():\n    return 0\n",
        "models/a.py": "from registry import register\n@register('a')\ndef a():\n    return 1\n",
        "models/b.py": "from registry import register\nfrom .a import a\n@register('b')\ndef b():\n    return a() + 1\n",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_modules_run_as_in_python(name: str, tmp_path: Path) -> None:
    files = PROGRAMS[name]
    evaluated = Evaluated(tmp_path, files).main()
    assert evaluated.errors == []
    program = "import json, runpy; print(json.dumps(runpy.run_path('main.py', run_name='__main__')['RESULT']))"
    ran = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, ''); {program}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert evaluated["RESULT"] == json.loads(ran.stdout)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("import lib\nx = {'a': 1}\nlib.change(x)\ny = x['a']", "y"),
        ("import lib\nx = [[1]]\nlib.change(x)\ny = x[0][0]", "y"),
        ("import lib\nclass C: a = 1\nx = C()\nx.b = 2\nlib.change(x)\ny = x.b", "y"),
        ("import lib\nx = []\nfor i in lib.items: x.append(i)\ny = len(x)", "y"),
        ("import lib\nx = 0\nfor i in lib.items: x += 1\ny = x", "y"),
        ("import lib\nx = 0\nn = 0\nfor i in lib.items:\n    if n == 2: x = 1\n    n += 1\ny = x", "y"),
        ("import lib\nx = 0\nfor i in range(3):\n    if lib.flag: break\n    x += 1\ny = x", "y"),
        ("import lib\nx = 0\nfor i in range(3):\n    if lib.flag: continue\n    x += 1\ny = x", "y"),
        ("import lib\nx = 0\nwhile True:\n    if lib.flag: break\n    x += 1\ny = x", "y"),
        ("import lib\nx = []\ndef f():\n    if lib.flag:\n        x.append(1)\n        return 1\n    return 2\nf()\ny = len(x)", "y"),
        ("import lib\nx = 1\ndef f():\n    global x\n    if lib.flag: x = 2\nf()\ny = x", "y"),
        ("import lib\nd = {}\nd[lib.key()] = 1\ny = len(d)", "y"),
        ("import lib\nx = [1]\nx.extend(lib.more)\ny = len(x)", "y"),
        ("import lib\ndef f(c=[0]):\n    c[0] += 1\n    return c[0]\nif lib.flag: f()\ny = f()", "y"),
        ("import lib\ndef make():\n    n = 0\n    def f():\n        nonlocal n\n        n += 1\n        return n\n    return f\n"
         "f = make()\nif lib.flag: f()\ny = f()", "y"),
        ("import lib\nexec(lib.text)\ny = 1\nz = y", "lib"),
    ],
)  # fmt: skip
def test_what_something_unknown_may_have_changed_is_unknown(body: str, name: str, tmp_path: Path) -> None:
    evaluated = Evaluated(tmp_path, body + "\n").main()
    assert isinstance(evaluated[name], Unknown), evaluated[name]
    assert evaluated.errors == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("import lib\nx = {'a': 1}\nlib.change(x)\nx = {'a': 2}\ny = x['a']", 2),
        ("import lib\nx = {'a': 1}\nlib.change(x['a'])\ny = x['a']", 1),
        ("import numpy\nx = [1]\nz = numpy.array(x)\ny = x[0]", 1),
        ("import lib\nx = 0\nfor i in lib.items: pass\ny = x", 0),
        ("import lib\ndef f():\n    if lib.flag: return 3\n    return 3\ny = f()", 3),
        ("import lib\nif lib.flag: x = [1]\nelse: x = [1]\ny = 5", 5),
        ("import lib\nfor i in range(3):\n    if lib.flag: x = 4\n    else: x = 4\ny = x", 4),
        ("import lib\nfor i in lib.items:\n    if i: break\nelse:\n    pass\ny = 6", 6),
    ],
)
def test_what_nothing_unknown_touches_is_known(body: str, expected: int, tmp_path: Path) -> None:
    evaluated = Evaluated(tmp_path, body + "\n").main()
    assert evaluated["y"] == expected
    assert evaluated.errors == []
