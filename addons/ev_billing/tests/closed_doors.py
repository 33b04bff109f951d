"""Every public method of an addon can be called over RPC by anybody with a login: none may answer who has no part in it."""

import inspect

from odoo.exceptions import UserError


class ClosedDoors:
    """A mixin for a test case: the public methods of ``modules`` are those of ``calls``, and refuse whom they should.

    Odoo runs no inherited tests: the case writes its own, of the two ``assert_`` below.
    """

    # Beginnings of the names of the Python modules looked through.
    modules = ()
    # {model: {method: its arguments, or a function of the test that gives them}}; a new method must be added, and so be
    # thought about.
    calls = {}
    # Beginnings of modules that another test looks through.
    modules_elsewhere = ()

    def find_public_methods(self):
        """{model: names} of the methods that classes of ``modules`` define without an underscore."""
        found = {}
        for model, registered in self.env.registry.items():
            for base in registered.__mro__:
                if base.__module__.startswith(self.modules) and not base.__module__.startswith(self.modules_elsewhere):
                    methods = {
                        name for name, value in vars(base).items() if inspect.isfunction(value) and name[0] != "_"
                    }
                    found.setdefault(model, set()).update(methods - {"init"})
        return {model: methods for model, methods in found.items() if methods}

    def assert_every_method_is_listed(self):
        self.maxDiff = None
        self.assertEqual(
            self.find_public_methods(), {model: set(calls) for model, calls in self.calls.items() if calls}
        )

    def assert_no_answer(self, user, records, may_read=()):
        """Assert that every method of ``calls`` but ``may_read`` refuses the user; ``records``: one or more of each model."""
        for model, calls in self.calls.items():
            for method, arguments in calls.items():
                if method in may_read:
                    continue
                with self.subTest(user=user.login, model=model, method=method), self.env.cr.savepoint():
                    mine = records[model].with_user(user)
                    self.assertTrue(mine)
                    given = arguments(self) if callable(arguments) else arguments
                    with self.assertRaises(UserError):
                        getattr(mine, method)(*given)
