from leadstream.kafka.flood import CONSECUTIVE, WINDOW, FloodGauge


def test_consecutive_bad_records_are_a_flood() -> None:
    gauge = FloodGauge()

    floods = [gauge.note(bad=True) for _ in range(CONSECUTIVE)]

    assert floods == [False] * (CONSECUTIVE - 1) + [True]


def test_a_good_record_breaks_the_row() -> None:
    gauge = FloodGauge()
    for _ in range(CONSECUTIVE - 1):
        gauge.note(bad=True)
    gauge.note(bad=False)

    assert not gauge.note(bad=True)


def test_nine_in_ten_of_the_window_are_a_flood() -> None:
    gauge = FloodGauge()

    floods = [gauge.note(bad=n % 10 != 0) for n in range(WINDOW)]

    assert not any(floods[:-1])
    assert floods[-1]


def test_fewer_than_nine_in_ten_are_none() -> None:
    gauge = FloodGauge()

    assert not any(gauge.note(bad=n % 9 != 0) for n in range(WINDOW * 2))
