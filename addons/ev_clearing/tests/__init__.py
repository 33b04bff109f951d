from . import test_classify
