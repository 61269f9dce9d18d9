"""Python's data model, kind by kind: each expression means what Python makes of it, or is unknown; never something else.

A table of setups (a few lines of a program) and expressions about what they define. What an expression raises counts as
its value, by the name of the exception.
"""

from __future__ import annotations

import enum
import sys
from pathlib import Path

import pytest

from tests.frontend.evaluator.evaluating import Evaluated, expected, same
from zencompile.frontend.values import Lazy, Unknown

STR_ENUM = """
from enum import Enum, IntEnum, Flag, auto
class Stage(str, Enum):
    DEV = "dev"
    PROD = "prod"
    LIVE = "prod"
class Level(IntEnum):
    LOW = 1
    HIGH = 2
class Plain(Enum):
    A = 1
    B = 2
    C = 1
    def twice(self): return self.value * 2
    @property
    def label(self): return self.name.lower()
class Alike(Enum):
    A = 1
    B = 1.0
    C = True
    D = (1, 2)
    E = (1.0, 2)
    F = "1"
class Size(int, Enum):
    S = 1
    L = 3
class Own(str, Enum):
    X = "x"
    def __str__(self): return self.value
class Perm(Flag):
    R = auto()
    W = auto()
    X = auto()
class Planet(Enum):
    EARTH = (5, 6)
    MARS = (1, 3)
    def __init__(self, mass, radius): self.mass = mass; self.radius = radius
class Auto(Enum):
    ONE = auto()
    TWO = auto()
class Coin(str, Enum):
    def __new__(cls, value, label):
        obj = str.__new__(cls, value); obj._value_ = value; obj.label = label; return obj
    P = ("p", "Penny")
"""

DATACLASS = """
from dataclasses import dataclass, field, replace, asdict, astuple
from typing import NamedTuple
from collections import namedtuple
@dataclass
class P:
    x: int
    y: int = 2
@dataclass(frozen=True)
class F:
    x: int
    tags: tuple = ()
@dataclass(order=True)
class O:
    rank: int
    name: str = field(default="", compare=False)
@dataclass(eq=False)
class I:
    x: int
@dataclass
class H:
    x: int
    secret: str = field(default="s", repr=False)
@dataclass(unsafe_hash=True)
class U:
    x: int
@dataclass(kw_only=True)
class K:
    a: int
    b: int = 1
@dataclass
class Child(P):
    z: int = 3
class T(NamedTuple):
    a: int
    b: str = "b"
C = namedtuple("C", "r g b")
"""

CLASSES = """
import functools
class A:
    kind = "a"
    def __init__(self, x): self.x = x
    def hello(self): return f"A{self.x}"
    @property
    def double(self): return self.x * 2
    @double.setter
    def double(self, value): self.x = value // 2
    @classmethod
    def make(cls, x): return cls(x)
    @staticmethod
    def helper(n): return n + 1
class B(A):
    kind = "b"
    def hello(self): return "B" + super().hello()
class C(A):
    def hello(self): return "C" + super().hello()
class D(B, C):
    pass
class V:
    def __init__(self, n): self.n = n
    def __add__(self, other): return V(self.n + (other.n if isinstance(other, V) else other))
    def __radd__(self, other): return V(self.n + other)
    def __iadd__(self, other): self.n += 10; return self
    def __mul__(self, other): return NotImplemented
    def __eq__(self, other): return isinstance(other, V) and self.n == other.n
    def __lt__(self, other): return self.n < other.n
    def __neg__(self): return V(-self.n)
    def __repr__(self): return f"V({self.n})"
    def __len__(self): return self.n
    def __getitem__(self, i):
        if i >= 3: raise IndexError(i)
        return self.n + i
    def __contains__(self, item): return item == self.n
    def __call__(self, *args): return self.n, args
    def __format__(self, spec): return f"<{self.n}:{spec}>"
class W(V):
    def __radd__(self, other): return "W first"
class Hashed:
    def __init__(self, k): self.k = k
    def __eq__(self, other): return self.k == other.k
    def __hash__(self): return hash(self.k)
class Seq:
    def __getitem__(self, i):
        if i > 2: raise IndexError
        return i * 10
class It:
    def __init__(self): self.n = 0
    def __iter__(self): return self
    def __next__(self):
        self.n += 1
        if self.n > 3: raise StopIteration
        return self.n
class Empty:
    def __len__(self): return 0
class Falsy:
    def __bool__(self): return False
class Missing(dict):
    def __missing__(self, key): return key * 2
class Dyn:
    def __getattr__(self, name): return f"dyn {name}"
class Every:
    def __getattribute__(self, name): return f"every {name}"
class Slots:
    __slots__ = ("a",)
class Typed:
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, obj, owner): return "class" if obj is None else obj.__dict__.get(self.name, "unset")
    def __set__(self, obj, value): obj.__dict__[self.name] = value * 2
class UsesTyped:
    field = Typed()
class NonData:
    def __get__(self, obj, owner): return "from descriptor"
class UsesNonData:
    d = NonData()
class Reg:
    seen = []
    def __init_subclass__(cls, tag="", **kw): Reg.seen.append((cls.__name__, tag))
class R1(Reg, tag="one"): pass
class Sub:
    def __class_getitem__(cls, item): return f"{cls.__name__}[{item}]"
@functools.total_ordering
class Ordered:
    def __init__(self, n): self.n = n
    def __eq__(self, other): return self.n == other.n
    def __lt__(self, other): return self.n < other.n
class Str(str):
    def shout(self): return self.upper() + "!"
class L(list):
    def first(self): return self[0]
class Mgr:
    def __init__(self): self.log = []
    def __enter__(self): self.log.append("in"); return self
    def __exit__(self, kind, value, tb): self.log.append(kind.__name__ if kind else None); return kind is KeyError
"""

EXCEPTIONS = """
class MyError(Exception):
    def __init__(self, code, message="m"): super().__init__(message); self.code = code
class Sub(MyError): pass
class Plain(ValueError): pass
class Key(KeyError): pass
def catch(f):
    try: return f()
    except Exception as e: return type(e).__name__, str(e), e.args
def fail(e): raise e
def chained():
    try:
        try: raise KeyError("a")
        except KeyError as e: raise ValueError("b") from e
    except ValueError as e: return type(e.__cause__).__name__, str(e)
def order():
    log = []
    try:
        log.append("try")
        raise Sub(3)
    except ValueError: log.append("value")
    except MyError as e: log.append(e.code)
    else: log.append("else")
    finally: log.append("finally")
    return log
"""

FUNCTIONS = """
def counter():
    n = 0
    def step(by=1):
        nonlocal n
        n += by
        return n
    return step
tick = counter()
def gen(n):
    for i in range(n): yield i
    return "done"
def delegating():
    result = yield from gen(2)
    yield result
def defaults(a, b=[], *args, k=1, **kw): b.append(a); return a, list(b), args, k, sorted(kw)
adders = [lambda x, i=i: x + i for i in range(3)]
late = [lambda: i for i in range(3)]
"""

CONTAINERS = """
class Eq:
    def __init__(self, n): self.n = n
    def __eq__(self, other): return isinstance(other, Eq) and self.n == other.n
nan = float("nan")
loop = [1]; loop.append(loop)
a, b = Eq(1), Eq(2)
"""

GENERATORS = """
import abc, functools, dataclasses, enum
def gen():
    got = 1
    while True:
        got = (yield got)
def send(x):
    g = gen(); next(g); return g.send(x)
LOG = []
def closing():
    try:
        yield 1
        yield 2
    finally:
        LOG.append("closed")
def broken():
    LOG.clear()
    for x in closing(): break
    return list(LOG)
def returned():
    LOG.clear()
    def inner():
        for x in closing(): return x
    return inner(), list(LOG)
def held():
    LOG.clear()
    g = closing()
    for x in g: break
    return list(LOG), list(g)
def close():
    LOG.clear()
    g = closing(); next(g); g.close(); return list(LOG), list(g)
def thrower():
    while True:
        try:
            yield 1
        except ValueError as e:
            yield "caught " + str(e)
def throw():
    g = thrower(); next(g); return g.throw(ValueError("v")), next(g)
def throw2():
    g = closing(); next(g); g.throw(KeyError("z"))
def acc():
    total = 0
    while (x := (yield total)) is not None:
        total += x
    return total
def use_acc():
    g = acc(); next(g); a = g.send(3); b = g.send(4)
    try: g.send(None)
    except StopIteration as s: return a, b, s.value
def sum_two():
    return ((yield 1) or 0) + ((yield 2) or 0)
def use_two():
    g = sum_two(); a = next(g); b = g.send(10)
    try: g.send(20)
    except StopIteration as s: return a, b, s.value
def outer():
    r = yield from acc()
    yield ("r", r)
def use_outer():
    g = outer(); next(g); return g.send(5), g.send(None)
def early():
    g = gen(); return g.send(4)
def lst():
    got = []
    for i in range(3): got.append((yield i))
    return got
def use_lst():
    g = lst(); next(g); g.send("a"); g.send("b")
    try: g.send("c")
    except StopIteration as s: return s.value
def yields_in_call():
    x = [(yield 1), (yield 2)]
    yield x
def use_call():
    g = yields_in_call(); next(g); g.send("p"); return g.send("q")
def ignoring():
    try: yield 1
    except GeneratorExit: yield 2
def use_ignoring():
    g = ignoring(); next(g); g.close()
def ifyield():
    if (yield 1): yield "t"
    else: yield "f"
def use_if(v):
    g = ifyield(); next(g); return g.send(v)
class G:
    def __iter__(self):
        yield 1; yield 2
def ctx_gen():
    with C() as c:
        yield c
class C:
    def __enter__(self): LOG.append("in"); return 7
    def __exit__(self, *a): LOG.append(a[0].__name__ if a[0] else None)
def use_ctx():
    LOG.clear(); g = ctx_gen(); v = next(g); g.close(); return v, list(LOG)
def ret():
    return (yield 1)
def dele():
    x = yield from ret(); y = yield from [5, 6]
    return x, y
def use_dele():
    g = dele(); out = [next(g), g.send("S"), next(g)]
    try: next(g)
    except StopIteration as s: return out, s.value
def finished():
    g = (i for i in range(1)); list(g)
    return next(g, "end"), list(g)
def match_gen():
    match (yield 1):
        case {"a": x}: yield x
        case _: yield "none"
def use_match():
    g = match_gen(); next(g); return g.send({"a": 3})
def trystar():
    try:
        x = yield 1
        raise KeyError(x)
    except KeyError as e:
        yield e.args
    else: yield "else"
    finally: LOG.append("fin")
def use_try():
    g = trystar(); next(g); return g.send(9), next(g, "done"), LOG[-1]
def aug():
    x = 1
    x += yield x
    yield x
def use_aug():
    g = aug(); next(g); return g.send(5)
"""

METACLASSES = """
import abc
class Base(abc.ABC):
    @abc.abstractmethod
    def f(self): ...
    @property
    @abc.abstractmethod
    def g(self): ...
class Half(Base):
    def f(self): return 1
class Full(Half):
    g = 3
class M(metaclass=abc.ABCMeta):
    @abc.abstractmethod
    def z(self): ...
class NotAbc:
    @abc.abstractmethod
    def z(self): ...
class Reg(type):
    made = []
    def __new__(mcs, name, bases, space, **kw):
        mcs.made.append(name)
        return super().__new__(mcs, name, bases, space)
class C(metaclass=Reg): pass
class D(C): pass
class Init(type):
    def __init__(cls, name, bases, space):
        super().__init__(name, bases, space)
        cls.tag = name.lower()
class E(metaclass=Init): pass
class F(E): pass
class Single(type):
    _inst = {}
    def __call__(cls, *a, **k):
        if cls not in cls._inst: cls._inst[cls] = super().__call__(*a, **k)
        return cls._inst[cls]
class S(metaclass=Single):
    def __init__(self, x=0): self.x = x
class Len(type):
    def __len__(cls): return 5
    def __iter__(cls): return iter(["a", "b"])
    def __getitem__(cls, k): return (cls.__name__, k)
    def __contains__(cls, k): return k == 3
    def helper(cls): return cls.__name__
    @property
    def prop(cls): return "p" + cls.__name__
    def __getattr__(cls, n): return "dyn" + n
    def __repr__(cls): return "L:" + cls.__name__
class LL(metaclass=Len):
    y = 2
class Adds(type):
    def __new__(mcs, name, bases, ns):
        ns["added"] = len(ns) > 0
        return type.__new__(mcs, name, bases, ns)
class AA(metaclass=Adds): x = 1
class Prep(type):
    @classmethod
    def __prepare__(mcs, name, bases): return {"pre": 1}
class PP(metaclass=Prep): post = 2
class Kw(type):
    def __new__(mcs, n, b, ns, tag=None, **k):
        c = super().__new__(mcs, n, b, ns); c.tag = tag; return c
    def __init__(cls, n, b, ns, tag=None, **k): super().__init__(n, b, ns)
class KK(metaclass=Kw, tag="t"): pass
"""

PRIVATE_NAMES_AND_OWN_KEYS = """
class D:
    def __set_name__(self, owner, name): self.name = "_" + name
    def __get__(self, o, t=None): return self if o is None else getattr(o, self.name, 0)
    def __set__(self, o, v): setattr(o, self.name, v * 2)
    def __delete__(self, o): delattr(o, self.name)
class C:
    x = D()
    def __init__(self): self.__hidden = 1; self.log = []
    def get(self): return self.__hidden
    def __priv(self): return "priv"
    def callpriv(self): return self.__priv()
    __cls = 5
    @classmethod
    def getcls(cls): return cls.__cls
    def glob(self): return __glob
    def loc(self):
        __l = 3
        return __l, [k for k in locals() if k != 'self']
class Sub(C):
    def __init__(self): super().__init__(); self.__hidden = 2
    def both(self): return self.__hidden, self.get()
_C__glob = 77
class X:
    def __init__(self): self.y = 1; self.log = []
    def __delattr__(self, n): self.log.append(n); object.__delattr__(self, n)
class P:
    def __init__(self): self._s = 1
    @property
    def size(self): return self._s
    @size.setter
    def size(self, v): self._s = v
    @size.deleter
    def size(self): self._s = "deleted"
class I:
    def __index__(self): return 2
class K:
    def __init__(self, n): self.n = n
    def __eq__(self, o): return isinstance(o, K) and self.n % 3 == o.n % 3
    def __hash__(self): return self.n % 3
class Slots:
    __slots__ = ("a", "__b")
    def __init__(self): self.a = 1; self.__b = 2
    def b(self): return self.__b
def deld(o, n):
    delattr(o, n); return o
def setx(v):
    c = C(); c.x = v; return c.x
def delx():
    c = C(); c.x = 4; del c.x; return c.x
def dely():
    x = X(); del x.y; return x.log, hasattr(x, "y")
def delsize():
    p = P(); p.size = 3; del p.size; return p.size
def delro():
    class R:
        @property
        def z(self): return 1
    r = R(); del r.z
def kset():
    s = {K(1), K(4), K(2)}; return len(s), K(7) in s, K(3) in s
def kdict():
    d = {K(1): "a"}; d[K(4)] = "b"; return d[K(7)], len(d), d.get(K(0)), K(1) in d, list(d.values())
def kdict2():
    d = {K(1): "a", "s": 1}; del d[K(4)]; return d
def kdict3():
    d = {}; d.setdefault(K(1), []).append(1); d.setdefault(K(4), []).append(2); return list(d.values()), d.pop(K(10))
def mangled_import():
    class Q:
        import os as __os
        def f(self, __arg): return __arg
        def g(self): return self.f(_Q__arg=1)
    return Q().g(), hasattr(Q, "_Q__os")
"""

CHAINED_EXCEPTIONS = """
def cause():
    try:
        try: 1 / 0
        except ZeroDivisionError as error: raise ValueError(0) from error
    except ValueError as x: return type(x.__cause__).__name__, type(x.__context__).__name__, x.__suppress_context__
def context():
    try:
        try: 1 / 0
        except ZeroDivisionError: raise ValueError(0)
    except ValueError as x: return x.__cause__, type(x.__context__).__name__, x.__suppress_context__
def none():
    try:
        try: 1 / 0
        except ZeroDivisionError: raise ValueError(0) from None
    except ValueError as x: return x.__cause__, type(x.__context__).__name__, x.__suppress_context__
def plain():
    try: raise ValueError(0)
    except ValueError as x: return x.__cause__, x.__context__, x.__suppress_context__
def fin():
    try:
        try: raise KeyError(1)
        finally: raise ValueError(2)
    except ValueError as x: return type(x.__context__).__name__, str(x.__context__)
class E(Exception): pass
class A(Exception):
    def __init__(self, a, b=2): self.a = a
class B(Exception):
    def __init__(self, a): super().__init__(a, "more"); self.a = a
    def __str__(self): return "B!"
def own():
    try:
        try: {}["k"]
        except KeyError as k: raise E("x") from k
    except E as x: return repr(x.__cause__), repr(x.__context__), x.args
def implicit():
    try:
        try: {}["k"]
        except KeyError as k: [][1]
    except IndexError as x: return repr(x.__context__)
def reraise():
    try:
        try: {}["k"]
        except KeyError as k: raise
    except KeyError as x: return x.__context__
def fromclass():
    try: raise ValueError from KeyError
    except ValueError as x: return repr(x.__cause__)
def badfrom():
    try: raise ValueError from 3
    except TypeError as x: return str(x)
def notes():
    try: raise ValueError("a")
    except ValueError as x:
        x.add_note("n"); return x.__notes__
def tests(f):
    try: f()
    except Exception as x: return type(x).__name__, str(x), x.args, repr(x)
def exit_ctx():
    class M:
        def __enter__(self): return 1
        def __exit__(self, *a): raise ValueError("exit")
    try:
        with M(): raise KeyError("body")
    except ValueError as x: return repr(x.__context__)
def rs(): return tests(lambda: (_ for _ in ()).throw(ValueError("z")))
def osx():
    try: raise OSError(2, "no", "file")
    except FileNotFoundError as x: return x.errno, x.strerror, x.filename, str(x), x.args
def se():
    try: raise SystemExit(3)
    except SystemExit as x: return x.code
def si():
    try: raise StopIteration(3)
    except StopIteration as x: return x.value
def ie():
    try: raise ImportError("m", name="n", path="p")
    except ImportError as x: return x.name, x.path, x.msg
def ke():
    try: raise KeyError("k")
    except KeyError as x: return str(x), f"{x}", repr(x)
def ne():
    try: undefined_thing
    except NameError as x: return x.name, str(x)
def ae():
    try: None.foo
    except AttributeError as x: return x.name, x.obj, str(x)
def eg_():
    try: raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
    except* ValueError as e: return_ = [repr(x) for x in e.exceptions]
    except* TypeError as e: pass
    return return_
def unb():
    try:
        print(u); u = 1
    except UnboundLocalError as x: return str(x)
def ta():
    def f(a, b, *, c): pass
    return [tests(lambda: f()), tests(lambda: f(1)), tests(lambda: f(1, 2)), tests(lambda: f(1, 2, 3)), tests(lambda: f(1, 2, c=1, d=2)), tests(lambda: f(1, a=2, b=1, c=3))]
"""

LIBRARY_DECORATORS_AND_KINDS_OF_CLASSES = """
import functools, dataclasses, enum, datetime
from dataclasses import dataclass, field, InitVar
from typing import ClassVar
@functools.lru_cache(maxsize=2)
def sq(x): return x * x
def info():
    sq.cache_clear(); sq(1); sq(1); sq(2); sq(3); i = sq.cache_info(); return i.hits, i.misses, i.maxsize, i.currsize, tuple(i), str(i)
@functools.cache
def cc(x): return x
class SD:
    @functools.singledispatchmethod
    def f(self, a): return "default"
    @f.register
    def _(self, a: int): return "int"
    @f.register(str)
    def _(self, a): return "str"
@functools.singledispatch
def sd(a): return "d"
@sd.register
def _(a: int): return "i"
@sd.register(list)
def _l(a): return "l"
@dataclass
class D:
    a: int
    b: str = "x"
    c: list = field(default_factory=list, repr=False, compare=False, metadata={"k": 1})
    d: ClassVar[int] = 3
    e: InitVar[int] = 4
    f: int = field(default=5, kw_only=True)
    g: int = field(init=False, default=6)
    def __post_init__(self, e): self.h = e
@dataclass(frozen=True)
class Fr:
    x: int
def frozen():
    try: Fr(1).x = 2
    except dataclasses.FrozenInstanceError as x: return str(x)
def frozendel():
    try: del Fr(1).x
    except dataclasses.FrozenInstanceError as x: return str(x)
class Perm(enum.Flag):
    A = enum.auto()
    B = enum.auto()
    AB = A | B
class IP(enum.IntFlag):
    R = 4
    W = 2
    RW = R | W
class Gen(enum.Enum):
    def _generate_next_value_(name, start, count, last): return f"{name}{count}"
    ONE = enum.auto()
    TWO = enum.auto()
class Base(str, enum.Enum):
    @staticmethod
    def _generate_next_value_(name, start, count, last): return name.lower()
class Der(Base):
    RED = enum.auto()
class Miss(enum.Enum):
    X = 1
    @classmethod
    def _missing_(cls, v): return cls.X
class Sup:
    def __new__(cls, *a, **k):
        o = super().__new__(cls); o.made = a; return o
    def __init__(self, n=0): self.n = n
@enum.unique
class Un(enum.Enum):
    A = 1
def notunique():
    @enum.unique
    class N(enum.Enum):
        A = 1
        B = 1
def mutable(x=[]):
    x.append(1); return len(x)
def mutdef():
    try:
        @dataclass
        class Bad: x: list = []
    except ValueError as e: return str(e)
class Dir:
    z = 1
    def m(self): pass
def dflt():
    from collections import defaultdict, Counter, OrderedDict, ChainMap, deque
    o = OrderedDict(a=1, b=2, c=3); o.move_to_end("a"); l = list(o); p = o.popitem(last=False)
    return l, p, Counter("aab").most_common(1), list(ChainMap({"a": 1}, {"b": 2})), deque([1, 2, 3], maxlen=2)[0]
class Ctx:
    pass
import contextlib
LOG = []
@contextlib.contextmanager
def cm(tag):
    LOG.append("in " + tag)
    try: yield tag
    finally: LOG.append("out " + tag)
@cm("deco")
def decorated(x): LOG.append("body"); return x
class CD(contextlib.ContextDecorator):
    def __enter__(self): LOG.append("E"); return self
    def __exit__(self, *a): LOG.append("X")
@CD()
def decorated2(): LOG.append("b2"); return 2
def deco():
    LOG.clear(); r = decorated(3), decorated(4); return r, list(LOG)
def deco2():
    LOG.clear(); r = decorated2(); return r, list(LOG)
def cmerr():
    LOG.clear()
    try:
        with cm("e"): raise ValueError("v")
    except ValueError: LOG.append("caught")
    return list(LOG)
@contextlib.contextmanager
def swallow():
    try: yield
    except KeyError: LOG.append("swallowed")
def sw():
    LOG.clear()
    with swallow(): {}["z"]
    return list(LOG)
def exitstack():
    LOG.clear()
    with contextlib.ExitStack() as s:
        s.enter_context(cm("a")); s.enter_context(cm("b")); s.callback(LOG.append, "cb")
    return list(LOG)
def supp():
    with contextlib.suppress(KeyError): {}["z"]
    return 1
import io
def printed():
    f = io.StringIO(); print("a", 1, sep="-", end="!", file=f); print("b", file=f); return f.getvalue()
def redirected():
    f = io.StringIO()
    with contextlib.redirect_stdout(f): print("hello")
    return f.getvalue()
class W:
    def __init__(self): self.t = []
    def write(self, s): self.t.append(s)
def printw():
    w = W(); print("x", 2, file=w); return "".join(w.t)
class Cmp:
    __hash__ = None
"""

ATTRIBUTES_SET_ON_LIBRARIES = """
import json, string
saved = json.dumps, string.digits
json.dumps = lambda x: "patched"
string.digits = "x"
import string as again
from string import digits
got = json.dumps({"a": 1})
seen = again.digits, digits
json.dumps, string.digits = saved
"""

TABLE: dict[str, tuple[str, str]] = {
    "enums": (STR_ENUM, """
f"{Stage.DEV}" ; "%s" % Stage.PROD ; str(Stage.DEV) ; repr(Stage.DEV) ; Stage.DEV + "-x" ; "x-" + Stage.DEV
f"{Stage.DEV:>10}" ; "{}".format(Stage.DEV) ; format(Stage.DEV) ; Stage.DEV.value ; Stage.LIVE.name ; Stage.DEV == "dev"
[s.name for s in Stage] ; len(Stage) ; list(Stage.__members__) ; Stage.LIVE is Stage.PROD ; Stage("prod").name
Stage["LIVE"].name ; Stage.DEV.upper() ; {Stage.DEV: 1}["dev"] ; {"dev": 1}[Stage.DEV] ; Stage.DEV in ("dev", "x")
f"{Level.LOW}" ; str(Level.LOW) ; "%s" % Level.LOW ; "%d" % Level.HIGH ; repr(Level.LOW) ; Level.LOW + 1 ; 1 + Level.LOW
Level.LOW < Level.HIGH ; sorted([Level.HIGH, Level.LOW])[0].name ; f"{Level.HIGH:03d}" ; max(Level).name ; sum(Level)
f"{Plain.A}" ; repr(Plain.A) ; Plain.A == 1 ; Plain.A.twice() ; Plain.B.label ; [p.name for p in Plain] ; len(Plain)
Plain.C is Plain.A ; Plain(2).name ; Plain(9) ; Plain["Z"] ; Plain.A < Plain.B ; Plain.A in Plain ; bool(Plain.A)
f"{Size.S}" ; str(Size.L) ; Size.L + 1 ; "%d" % Size.L ; "%s" % Size.L ; Size.L == 3 ; Size.S * 2 ; Size.L > 2
f"{Own.X}" ; str(Own.X) ; "%s" % Own.X ; Own.X == "x" ; (Perm.R | Perm.W).value ; Perm.R in (Perm.R | Perm.W)
[p.name for p in Perm] ; bool(Perm.R & Perm.W) ; Perm.X.value ; str(Perm.R) ; Planet.EARTH.mass ; Planet.MARS.value
Planet((1, 3)).name ; Auto.TWO.value ; Coin.P.label ; Coin.P.value ; Coin.P == "p" ; Coin("p").name ; [c.label for c in Coin]
isinstance(Stage.DEV, str) ; isinstance(Level.LOW, int) ; isinstance(Plain.A, int) ; type(Stage.DEV).__name__
Stage.DEV.name.lower() ; dict(zip(Stage, [1, 2]))[Stage.PROD] ; {s.value for s in Stage} == {"dev", "prod"}
Alike.B.name ; len(list(Alike)) ; Alike.A is Alike.C ; Alike.E.name ; Alike(True).name ; list(Alike.__members__)
Plain.A.value is Plain.C.value ; Stage.DEV is Stage.DEV ; Stage.DEV != "dev" ; "-".join(Stage) ; [*Level] == [1, 2]
Plain.A.nothing ; Plain.NOPE ; "dev" == Stage.DEV ; Stage.DEV.startswith("d") ; Stage.DEV[0] ; len(Stage.DEV)
"""),
    "dataclasses and named tuples": (DATACLASS, """
P(1) == P(1, 2) ; P(1) == P(2) ; P(1) != P(1) ; repr(P(1)) ; str(P(1)) ; f"{P(3)}" ; P(1) < P(2) ; {P(1): 1} ; hash(P(1))
P(1) is P(1) ; P(1) == (1, 2) ; P() ; P(1, 2, 3) ; P(q=1) ; P(1, x=2) ; asdict(P(1)) ; astuple(P(1)) ; replace(P(1), y=9).y
F(1) == F(1) ; {F(1): "v"}[F(1)] ; {F(1), F(1), F(2)} and len({F(1), F(1), F(2)}) ; F(1) in {F(1)} ; F(1) in [F(2)]
[F(1), F(2)].index(F(2)) ; {F([1]): 2} ; setattr(F(1), "x", 2) ; O(1, "b") == O(1, "c") ; O(1) < O(2) ; sorted([O(2), O(1)])[0].rank
max(O(1), O(3)).rank ; I(1) == I(1) ; {I(1): 1} and 1 ; H(1) ; repr(H(1)) ; H(1).secret ; len({U(1), U(1)}) ; K(1) ; K(a=1).b
repr(Child(1)) ; Child(1) == P(1) ; Child(1).z ; Child(1) == Child(1) ; isinstance(Child(1), P) ; T(1) == (1, "b") ; T(1)[1]
T(1) + (2,) ; len(T(1)) ; list(T(1)) ; repr(T(1)) ; T(1)._asdict() ; T(1)._replace(a=5).a ; hash(T(1)) == hash((1, "b"))
{T(1): 1}[(1, "b")] ; (1, "b") in {T(1)} ; T(1) < T(2) ; T._fields ; a_of(T(1)) ; C(1, 2, 3).g ; C(1, 2, 3) == (1, 2, 3) ; C(1)
C._make([1, 2, 3]).b ; T(1) is T(1) ; isinstance(T(1), tuple) ; T(1).count(1) ; T(1).index("b") ; [t for t in T(1)] ; max(T(1), T(2)).a
{t.a for t in {T(1): 1}} == {1} ; P(1).__eq__(P(1)) ; setattr(T(1), "a", 2) ; bool(P(0)) ; sum(C(1, 2, 3)) ; "%s-%s" % T(1)
"""),
    "classes": (CLASSES, """
D(1).hello() ; [c.__name__ for c in D.__mro__] ; A(2).double ; B.make(3).hello() ; A.helper(1) ; A(1).helper(2) ; D.kind
A(1).kind ; A(1).nope ; A.nope ; A() ; A(1, 2) ; hasattr(A(1), "x") ; getattr(A(1), "z", 5) ; vars(A(7)) ; type(A(1)).__name__
isinstance(D(1), C) ; issubclass(D, B) ; issubclass(B, C) ; A(1) == A(1) ; A(1) is A(1) ; A(1) != A(2) ; A(1) < A(2) ; A(1) + 1 ; -A(1)
len(A(1)) ; A(1)[0] ; A(1)() ; list(A(1)) ; 1 in A(1) ; A.hello(A(4)) ; A(1).hello.__name__ ; bool(A(0)) ; callable(A) ; callable(A(1))
(V(1) + V(2)).n ; (V(1) + 2).n ; (5 + V(1)).n ; sum([V(1), V(2)], V(0)).n ; sum([V(1), V(2)]).n ; V(1) * 2 ; V(1) == V(1) ; V(1) != V(1)
V(1) != V(2) ; V(1) < V(2) ; V(1) > V(2) ; V(1) <= V(2) ; (-V(3)).n ; repr(V(1)) ; str(V(1)) ; f"{V(1)}" ; f"{V(1):ab}" ; f"{V(1)!r}"
"%s" % V(1) ; "%r" % V(1) ; "{0!s}".format(V(2)) ; len(V(4)) ; bool(V(0)) ; bool(V(1)) ; list(V(1)) ; V(1)[2] ; V(1)[3] ; 1 in V(1) ; 2 in V(1)
V(1)(2, 3) ; callable(V(1)) ; {V(1): 1} ; V(1) in [V(1)] ; [V(1), V(2)].index(V(2)) ; [V(1), V(1)].count(V(1)) ; sorted([V(2), V(1)])[0].n
max(V(1), V(3)).n ; min([V(4), V(2)]).n ; (V(1) + W(2)) ; (1 + W(2)) ; [V(1)] == [V(1)] ; (V(1), 2) == (V(1), 2) ; {"a": V(1)} == {"a": V(1)}
{Hashed(1): "one"}[Hashed(1)] ; Hashed(1) in {Hashed(1)} ; len({Hashed(1), Hashed(1)}) ; list(Seq()) ; 20 in Seq() ; 5 in Seq() ; list(It())
next(iter(It())) ; [x for x in It()] ; sum(It()) ; 2 in It() ; dict.fromkeys(It()) ; bool(Empty()) ; bool(Falsy()) ; not Falsy() ; Empty() or 3
Missing()["ab"] ; Missing(a=1)["a"] ; Missing().get("x") ; len(Missing(a=1)) ; Missing(a=1) == {"a": 1} ; Dyn().foo ; Dyn().foo.upper()
Every().foo ; Slots().a ; setattr(Slots(), "a", 1) ; setattr(Slots(), "b", 1) ; UsesTyped.field ; UsesTyped().field ; UsesNonData().d
Reg.seen ; Sub[int] ; Sub["x"] ; Ordered(1) <= Ordered(1) ; Ordered(2) > Ordered(1) ; Ordered(1) >= Ordered(2) ; Str("a").shout() ; Str("a") + "b"
Str("a") == "a" ; Str("ab")[0] ; len(Str("ab")) ; f"{Str('q')}" ; {Str("k"): 1}["k"] ; isinstance(Str("a"), str) ; L([1, 2]).first() ; L([1]) + [2]
L([1]) == [1] ; len(L([1])) ; [*L([1, 2])] ; bool(L()) ; repr(L([1])) ; sorted(L([2, 1])) ; "".join([Str("a"), "b"]) ; Str("a").upper()
A(1).x is A(1).x ; A.make is A.make ; A(1).hello == A(1).hello ; A.kind is B.kind ; None is None ; [] is [] ; () is () ; 1 is 1
A.__name__ ; A(1).__class__.__name__ ; B.__bases__[0].__name__ ; type(A).__name__ ; A(1).__dict__ ; V(1).__len__() ; (3).__add__(4) ; "a".__eq__("a")
type("Made", (A,), {"kind": "made"})(1).kind ; type("Made", (), {})().nope ; object() == object() ; isinstance(1, object) ; isinstance(True, int)
"""),
    "exceptions": (EXCEPTIONS, """
catch(lambda: fail(MyError(3))) ; catch(lambda: fail(Plain("a", 1))) ; catch(lambda: fail(Key("k"))) ; catch(lambda: fail(KeyError("k")))
catch(lambda: {}["k"]) ; catch(lambda: [][0]) ; catch(lambda: 1 / 0) ; catch(lambda: int("x")) ; catch(lambda: None.x) ; catch(lambda: fail(3))
catch(lambda: fail(ValueError)) ; catch(lambda: fail(Plain)) ; str(MyError(1)) ; repr(MyError(1)) ; repr(ValueError("a")) ; MyError(1).code ; MyError(1).args
str(ValueError()) ; str(ValueError(1, 2)) ; repr(KeyError("a")) ; str(KeyError("a")) ; chained() ; order() ; isinstance(Sub(1), MyError) ; ValueError("a").args
isinstance(Plain(), ValueError) ; ValueError("a") == ValueError("a") ; catch(lambda: "a" + 1) ; catch(lambda: [1] + (2,)) ; catch(lambda: len(3))
catch(lambda: {[]: 1}) ; catch(lambda: (1).nope) ; catch(lambda: "abc".index("z")) ; catch(lambda: [1].remove(2)) ; catch(lambda: {}.pop("a"))
catch(lambda: sorted([1, "a"])) ; catch(lambda: next(iter([]))) ; catch(lambda: int(None)) ; catch(lambda: "%d" % "a")
"""),
    "functions": (FUNCTIONS, """
[tick(), tick(5), tick()] ; list(gen(3)) ; list(delegating()) ; defaults(1) ; defaults(2) ; defaults(1, [9], 2, 3, k=4, z=5) ; [f(10) for f in adders]
[f() for f in late] ; next(gen(0), "none") ; sum(gen(4)) ; defaults() ; defaults(1, nope=2, b=[]) ; (lambda *a, **k: (a, k))(1, b=2) ; gen.__name__
dict(zip("ab", gen(2))) ; [*gen(2), *gen(1)] ; max(gen(3), key=lambda x: -x) ; any(gen(2)) ; all(gen(0)) ; tuple(enumerate(gen(2), 5)) ; 1 in gen(3)
list(map(lambda a, b: a + b, [1, 2], [3, 4])) ; list(filter(None, [0, 1, 2])) ; sorted("bca", reverse=True) ; list(reversed([1, 2])) ; adders[0] == adders[0]
adders[0] is adders[1] ; {tick: 1}[tick] ; callable(tick) ; tick.__name__ ; defaults.__defaults__ ; bool(tick) ; tick == 3 ; tick < 3
"""),
    "containers": (CONTAINERS, """
[a] == [Eq(1)] ; a in [Eq(1)] ; [a, b].index(Eq(2)) ; [a, Eq(1)].count(a) ; (a,) == (Eq(1),) ; [a] != [b] ; {"k": a} == {"k": Eq(1)} ; {a: 1}
nan in [nan] ; [nan] == [nan] ; nan == nan ; repr(loop) ; [1, 2] < [1, 3] ; [1] < [1, 0] ; (1, "a") < (1, "b") ; [1, "a"] < [2, 3] ; [1] < ["a"] ; [1] == (1,)
{1, 2} == frozenset([2, 1]) ; {1} | {2} ; {1, 2} - {2} ; {1} <= {1, 2} ; {1: 2} | {3: 4} ; {1, 2} & frozenset([2]) ; [1] * 3 ; 2 * "ab" ; [1, 2][::-1]
[1, 2, 3][-1] ; "abc"[1:] ; {"a": 1}.get("b", 2) ; {"a": 1}.get("b") ; dict(a=1, **{"b": 2}) ; {**{"a": 1}, "a": 2} ; [*range(3)] ; 1.0 == 1 ; {1: "a", 1.0: "b", True: "c"}
{1: "a"}[True] ; list({"b": 1, "a": 2}) ; {"a": 1}.keys() == {"a"} ; {"a": 1}.items() & {("a", 1)} ; list({"a": 1}.values()) ; dict([("a", 1)]) ; "a" in {"a": 1}
[[0] * 2] * 2 ; [x for x in [1, 2] if x > 1] ; {x: y for x, y in zip("ab", [1, 2])} ; sum([[1], [2]], []) ; min("b", "a") ; max([1, 3, 2], key=lambda x: -x)
sorted([(1, "b"), (1, "a")]) ; sorted([3, 1], key=lambda x: -x) ; any([]) ; all([]) ; 3 in range(5) ; range(3) == range(0, 3) ; len(range(0, 10, 3)) ; range(5)[1:3] == range(1, 3)
"%s %d %5.2f %r" % ("a", 3, 2.5, "q") ; "%(a)s" % {"a": 1} ; "%s" % [1, "a"] ; "%s" % (1,) ; "%s" % None ; "%r" % ["a"] ; "%%" % () ; "{:>5}|{:<4}|{:^5}".format(1, "a", "b")
"{0[a]} {1.real}".format({"a": 1}, 2) ; f"{3.14159:.2f}" ; f"{'a'!r}" ; f"{1:05d}" ; f"{1000:,}" ; f"{0.5:%}" ; "{a}".format(a=1) ; "{}".format([1]) ; f"{[1, 'a']}" ; f"{None}"
"a,b".split(",") ; "-".join(["a", "b"]) ; "abc".replace("a", "x") ; " a ".strip() ; "Abc".swapcase() ; "a" * 0 ; "a" < "b" ; "a" + "b" ; b"a" + b"b" ; "é".encode() ; b"\\xc3\\xa9".decode()
1 // 0 ; 7 // -2 ; -7 % 3 ; 2 ** 10 ; 2 ** -1 ; 1 / 3 ; 0.1 + 0.2 ; round(2.5) ; int("12") ; int(3.9) ; float("1e3") ; bool("") ; str(1.0) ; complex(1, 2) ; abs(-3) ; divmod(7, 2)
1 < 2 < 3 ; 1 < 3 < 2 ; not [] ; [] or "x" ; [1] and "y" ; None or 0 ; 5 if [] else 6 ; 1 == True ; "1" == 1 ; None == 0 ; None < 1 ; [1].copy() ; {"a": 1}.pop("a") ; [3, 1].sort()
~5 ; 5 & 3 ; 5 | 3 ; 5 ^ 3 ; 1 << 4 ; 16 >> 2 ; +True ; -True ; True + True ; 3 @ 4 ; [1] - [2] ; {} + {} ; "a" - "b" ; {1} + {2} ; {1} | [2] ; {"a": 1} | [("b", 2)] ; (1,) + [2]
"""),
    "generators": (GENERATORS, """
send(-8) ; broken() ; returned() ; held() ; close() ; throw() ; throw2() ; use_acc() ; use_two() ; use_outer() ; early() ; use_lst() ; use_call()
use_ignoring() ; use_if(1) ; use_if(0) ; list(G()) ; use_ctx() ; use_dele() ; finished() ; use_match() ; use_try()
use_aug()
"""),
    "metaclasses": (METACLASSES, """
Base() ; Half() ; Full().g ; M() ; NotAbc().z() ; Reg.made ; E.tag ; F.tag ; S(1) is S(2) ; S(3).x ; len(LL)
list(LL) ; LL["q"] ; 3 in LL ; LL.helper() ; LL.prop ; LL.zzz ; LL.y ; repr(LL) ; type(LL).__name__ ; AA.added
PP.pre ; PP.post ; KK.tag ; isinstance(C, Reg) ; type(D) is Reg ; D.__class__.__name__
[c.__name__ for c in C.__subclasses__()] ; [c.__name__ for c in Base.__subclasses__()]
Base.__abstractmethods__ == frozenset({"f", "g"}) ; C.made ; isinstance(LL(), LL) ; len(LL())
"""),
    "private names and own keys": (PRIVATE_NAMES_AND_OWN_KEYS, """
setx(3) ; delx() ; C.x.name ; hasattr(C(), "__hidden") ; hasattr(C(), "_C__hidden") ; C().get() ; C().callpriv()
C.getcls() ; C().glob() ; C().loc() ; Sub().both() ; sorted(vars(Sub())) ; dely() ; delsize() ; delro()
mangled_import() ; [1, 2, 3][I()] ; [1, 2, 3][:I()] ; "abc"[I()] ; "ab" * I() ; list(range(I())) ; [1] * I()
(1, 2, 3)[I()] ; b"abc"[I()] ; bytearray(b"abc")[I()] ; int(I()) ; [0, 1, 2, 3].pop(I()) ; "abcd"[I():] ; 1 << 2
[1, 2, 3].index(2, 0, I()) ; {K(1): "a"}[K(7)] ; {K(1): "a"}.get(K(3)) ; kset() ; kdict() ; kdict2() ; kdict3()
{K(1)} == {K(4)} ; {K(1)} | {K(4)} == {K(7)} ; dict.fromkeys([K(1), K(4)]) == {K(1): None}
len({K(i) for i in range(9)}) ; {K(i): i for i in range(9)}[K(0)] ; hash(K(5)) ; [K(1)].index(K(4))
set([K(1)]) - {K(4)} == set() ; len(set([K(1), K(4)])) ; len(frozenset([K(1), K(4)])) ; sorted(vars(Slots) and ["q"])
Slots().b()
"""),
    "chained exceptions": (CHAINED_EXCEPTIONS, """
cause() ; context() ; none() ; plain() ; fin() ; own() ; implicit() ; reraise() ; fromclass() ; badfrom() ; notes()
exit_ctx() ; rs() ; osx() ; se() ; si() ; ie() ; ke() ; ne() ; unb() ; tests(lambda: 1 / 0) ; tests(lambda: [][3])
tests(lambda: {}["k"]) ; tests(lambda: int("x")) ; tests(lambda: None.x) ; tests(lambda: "a" + 1)
tests(lambda: undefined) ; tests(lambda: next(iter([]))) ; tests(lambda: 1 + "a") ; tests(lambda: [] + ())
tests(lambda: len(3)) ; tests(lambda: 3()) ; tests(lambda: (1, 2)[5]) ; tests(lambda: {}.pop("z"))
tests(lambda: [].pop()) ; tests(lambda: [1].remove(2)) ; tests(lambda: [1].index(2)) ; tests(lambda: "a".index("z"))
tests(lambda: float("q")) ; tests(lambda: iter(3)) ; tests(lambda: {[]: 1}) ; tests(lambda: "a" < 1)
tests(lambda: E(1).x) ; tests(lambda: -"a") ; tests(lambda: set().pop()) ; tests(lambda: {}.popitem())
tests(lambda: "abc"["a"]) ; tests(lambda: [1]["a"]) ; tests(lambda: A(1)) ; repr(A(1)) ; str(A(1)) ; A(1).args
A(1, b=3).args ; B(1).args ; str(B(1)) ; repr(B(1)) ; tests(lambda: sum(["a"])) ; tests(lambda: sorted([1, "a"]))
tests(lambda: range(0, 1, 0)) ; tests(lambda: chr(-1)) ; tests(lambda: ord("ab")) ; tests(lambda: int([]))
tests(lambda: [1, 2][1.5]) ; tests(lambda: "%d" % "a") ; tests(lambda: dict([1])) ; tests(lambda: isinstance(1, 2))
tests(lambda: getattr(1, "foo")) ; tests(lambda: object().foo) ; ta() ; tests(lambda: (lambda a: a)())
tests(lambda: dict(**{1: 2})) ; tests(lambda: "x".join([1])) ; tests(lambda: "{}".format())
tests(lambda: "{a}".format()) ; tests(lambda: exec_) ; tests(lambda: (1).foo)
"""),
    "library decorators and kinds of classes": (LIBRARY_DECORATORS_AND_KINDS_OF_CLASSES, """
info() ; cc.cache_info().hits ; cc.cache_parameters() ; SD().f(1) ; SD().f("a") ; SD().f(1.5) ; sd(1) ; sd([])
sd.dispatch(int).__name__ ; sd(True) ; len(sd.registry) ; sd.registry[int](1) ; len(dataclasses.fields(D))
[f.name for f in dataclasses.fields(D)] ; [f.init for f in dataclasses.fields(D)]
[f.repr for f in dataclasses.fields(D)] ; [f.compare for f in dataclasses.fields(D)]
[f.kw_only for f in dataclasses.fields(D)] ; dataclasses.fields(D)[2].metadata["k"]
dataclasses.fields(D)[0].default is dataclasses.MISSING ; dataclasses.fields(D)[1].default ; D(1).h ; D(1, e=7).h
repr(D(1)) ; D(1, f=2).f ; D(1, "x", [], 4, 9) ; dataclasses.is_dataclass(D) ; dataclasses.is_dataclass(D(1))
dataclasses.is_dataclass(3) ; hash(D(1)) ; dataclasses.fields(D)[2].default_factory is list
[f.name for f in dataclasses.fields(D(1))] ; frozen() ; frozendel() ; Perm.AB.value ; Perm.AB is Perm.A | Perm.B
[p.name for p in Perm] ; Perm(3).name ; (~Perm.A).name ; Perm(0).value ; bool(Perm(0)) ; (Perm.A | Perm.B).name
Perm.A in Perm.AB ; len(Perm) ; [p.name for p in Perm.AB] ; repr(Perm.A) ; str(Perm.AB) ; IP.R | IP.W == 6 ; int(IP.R)
IP.R.name ; repr(IP.R) ; Gen.ONE.value ; Gen("TWO1").name ; Der.RED.value ; Miss(99).name ; Sup(3).made ; Sup(3).n
Un.A.value ; notunique() ; mutable(), mutable() ; datetime.date(2024, 1, 4).isocalendar()[1]
datetime.date(2024, 1, 4).isocalendar().week ; tuple(datetime.date(2024, 1, 4).isocalendar())
datetime.datetime(2024, 1, 4, 5).time().hour ; datetime.timedelta(days=1) / datetime.timedelta(hours=1)
(datetime.date(2024, 3, 1) - datetime.date(2024, 2, 1)).days ; datetime.date.fromisoformat("2024-01-04").weekday()
datetime.datetime.strptime("2024-01-04", "%Y-%m-%d").year ; datetime.date(2024, 1, 4).strftime("%A") ; "m" in dir(Dir)
"z" in dir(Dir()) ; [d for d in dir(Dir) if not d.startswith("_")] ; "__init__" in dir(Dir) ; dflt() ; deco()
deco2() ; cmerr() ; sw() ; exitstack() ; supp() ; printed() ; printw() ; hash(Cmp()) ; {Cmp(): 1}
"""),
    "attributes set on libraries": (ATTRIBUTES_SET_ON_LIBRARIES, """
got ; seen ; json.dumps({"a": 1}) ; string.digits
"""),
}  # fmt: skip


def rows() -> list[tuple[str, str]]:
    """Each row of each table: a setup, and some expressions."""
    found = []
    for name, (_, text) in TABLE.items():
        found += [(name, line) for line in text.strip().splitlines() if line]
    return found


def program(setup: str, expressions: list[str]) -> str:
    """A program that keeps the value of each expression, or the name of what it raises."""
    parts = [setup, "def a_of(t):\n    return t.a\n"]
    for index, expression in enumerate(expressions):
        parts.append(f"try:\n    r{index} = {expression}\nexcept Exception as e:\n    r{index} = type(e).__name__\n")
    return "".join(parts)


@pytest.mark.parametrize(("name", "line"), rows())
@pytest.mark.filterwarnings("ignore")
def test_an_expression_means_what_it_means_in_python_or_is_unknown(name: str, line: str, tmp_path: Path) -> None:
    """Never something else, and never an error of ours."""
    expressions = line.split(" ; ")
    if not hasattr(enum, "StrEnum") and name in ("enums", "chained exceptions"):
        pytest.skip(f"its texts are those of newer Pythons than {sys.version_info[:2]}")
    source = program(TABLE[name][0], expressions)
    wanted = expected(source)
    evaluated = Evaluated(tmp_path, source).main()
    assert evaluated.errors == []
    wrong = []
    for index, expression in enumerate(expressions):
        got = evaluated[f"r{index}"]
        got = got.force(evaluated.evaluator.context(evaluated.module)) if isinstance(got, Lazy) else got
        if isinstance(got, Unknown) or f"r{index}" not in wanted:
            continue
        if not same(got, wanted[f"r{index}"]):
            wrong.append(f"{expression}: {got!r}, in Python {wanted[f'r{index}']!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.filterwarnings("ignore")
def test_most_of_the_data_model_is_known(name: str, tmp_path: Path) -> None:
    """Unknown is allowed, but not much of it."""
    if not hasattr(enum, "StrEnum") and name in ("enums", "chained exceptions"):
        pytest.skip(f"its texts are those of newer Pythons than {sys.version_info[:2]}")
    expressions = [e for table, line in rows() if table == name for e in line.split(" ; ")]
    source = program(TABLE[name][0], expressions)
    evaluated = Evaluated(tmp_path, source).main()
    unknown = [e for i, e in enumerate(expressions) if isinstance(evaluated[f"r{i}"], Unknown)]
    assert len(unknown) <= len(expressions) // 20, unknown
