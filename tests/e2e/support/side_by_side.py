"""Runs the tests of a file at the same time, because most of what they do is waiting."""

import concurrent.futures
import sys
import unittest


def main(at_once):
    """Instead of unittest.main(): with names of tests (`Case.test_x`) only those. setUpModule() is called first."""
    module = sys.modules["__main__"]
    loader = unittest.TestLoader()
    names = sys.argv[1:]
    cases = list(_flatten(loader.loadTestsFromNames(names, module) if names else loader.loadTestsFromModule(module)))
    module.setUpModule()
    try:
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            failed = [case for case, passed in zip(cases, pool.map(_run, cases)) if not passed]
    finally:
        module.tearDownModule()
    print(f"{len(cases) - len(failed)} of {len(cases)} tests passed", file=sys.stderr)
    sys.exit(1 if failed or not cases else 0)


def _flatten(suite):
    for item in suite:
        yield from _flatten(item) if isinstance(item, unittest.TestSuite) else (item,)


def _run(case):
    result = unittest.TestResult()
    case.run(result)
    troubles = "".join(text for _, text in result.errors + result.failures)
    print(f"{case.id()} ... {'FAILED' if troubles else 'ok'}\n{troubles}", end="", file=sys.stderr, flush=True)
    return not troubles
