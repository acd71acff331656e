import Diagnostics
import Testing

@Suite struct MemoryBudgetTests {
    private func budget(_ bytes: Int, used: Int = 0, countsAddresses: Bool = false) -> MemoryBudget {
        MemoryBudget(
            limits: [
                .init(name: "this machine", bytes: 1 << 50, used: used, countsAddresses: false),
                .init(name: "ulimit -v", bytes: bytes, used: used, countsAddresses: countsAddresses),
            ], stack: 8 << 20)
    }

    @Test func whatFitsIsAllowedAndTheLimitThatIsPassedIsNamed() throws {
        try budget(1_000_000_000).require(900_000_000)
        let error = #expect(throws: MemoryError.self) {
            try budget(1_000_000_000, used: 200_000_000).require(900_000_000)
        }
        #expect(error?.limit == "ulimit -v")
        #expect(error?.mayUse == 1_000_000_000)
        #expect((error?.needs ?? 0) >= 1_100_000_000)
        let words = error?.description ?? ""
        #expect(
            words.wholeMatch(of: /not enough memory: needs 1\d{3} MB, may use 1000 MB \(ulimit -v\)/) != nil, "\(words)"
        )
    }

    @Test func stacksCountWhereAddressesDo() throws {
        try budget(1 << 30).require(1 << 29, threads: 100)
        #expect(throws: MemoryError.self) { try budget(1 << 30, countsAddresses: true).require(1 << 29, threads: 100) }
    }

    /// A file may claim any size.
    @Test func noNumberOverflows() {
        let error = #expect(throws: MemoryError.self) {
            try budget(1 << 30, used: 1 << 29).require(.max, threads: 1 << 20)
        }
        #expect(error?.needs == .max)
    }
}
