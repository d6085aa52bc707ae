"""The books of a sink, as squid-bpf tells them in each of its reports."""

from .squid import SELF


def balances(squid, sink="graphite"):
    """[(taken, accounted for, dropped)], one for each report: the first two are equal if nothing is lost in silence."""
    def values(field):
        return [value for _, value in squid.series(SELF, f"squid.sink.{sink}.{field}", "last")]

    dropped = values("dropped_reports")
    taken = zip(values("produced_reports"), values("recovered_reports"))
    left = zip(*map(values, ("delivered_reports", "queued_reports", "spooled_reports")))
    return [(sum(into), sum(out) + lost, lost) for into, out, lost in zip(taken, left, dropped)]


def assert_books_balance(test, squid, sink="graphite", may_drop=False):
    books = balances(squid, sink)
    test.assertTrue(books)
    for taken, accounted_for, _ in books:
        test.assertEqual(taken, accounted_for)
    if not may_drop:
        test.assertEqual(books[-1][2], 0, "dropped reports")
