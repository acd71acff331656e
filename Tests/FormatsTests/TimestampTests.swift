import Testing

@testable import Formats

struct TimestampTests {
    /// By `date -u -d @SECONDS +%FT%TZ` of GNU coreutils 9.1.
    @Test(arguments: [
        (0.0, "1970-01-01T00:00:00Z"), (951_782_399.9, "2000-02-28T23:59:59Z"), (951_868_800, "2000-03-01T00:00:00Z"),
        (1_709_164_800, "2024-02-29T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (4_107_542_399, "2100-02-28T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
    ])
    func `moments are told in UTC`(seconds: Double, text: String) {
        #expect(Timestamp.text(seconds) == text)
    }
}
