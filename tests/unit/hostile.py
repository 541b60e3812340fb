"""Objects and exceptions that do harm to whoever wants to make text of them."""


class Nameless(type):
    def __getattribute__(cls, name):
        if name in {"__name__", "__qualname__", "__module__", "__mro__", "__dict__"}:
            raise RuntimeError("no name")
        return super().__getattribute__(name)


class Unnamed(Exception, metaclass=Nameless):
    """Row R3: `hardcases.unnamed_error`."""


class Exploding(Exception):
    """Raises whatever it is asked for."""

    def _explode(self, *_args):
        raise SystemExit("no")

    __str__ = __repr__ = __bool__ = __len__ = __hash__ = __eq__ = _explode
    __class__ = property(_explode)
    args = property(_explode)
    __cause__ = property(_explode)
    __context__ = property(_explode)
    __notes__ = property(_explode)

    def __getattribute__(self, name):
        raise GeneratorExit(name)


class Recursing(Exception):
    def __str__(self):
        return str(self)

    __repr__ = __str__


class Textless(Exception):
    def __str__(self):
        return 42

    __repr__ = __str__


class Sly(str):
    """Text that is not what it seems."""

    def __getitem__(self, key):
        raise RuntimeError("no part of me")

    __len__ = __iter__ = __str__ = __format__ = __getitem__


class Lying(Exception):
    def __str__(self):
        return Sly("a lie")


#: by name, because pytest cannot bear the objects themselves
ERRORS = {
    "Unnamed": lambda: Unnamed("x"),
    "Exploding": lambda: Exploding("x"),
    "Recursing": Recursing,
    "Textless": Textless,
    "Lying": Lying,
    "Exception": lambda: Exception(Sly("x")),
    "KeyError": lambda: KeyError(Recursing()),
}
