import Testing

@testable import Graphs

/// The choice between one thread and a team, fed with times instead of work.
struct PaceTests {
    /// Which ways are taken over some turns, each taking what `seconds` says.
    private func ways(_ pace: inout Pace, turns: Int, seconds: (_ team: Bool) -> Double) -> [Bool] {
        (0..<turns).map { _ in
            let team = pace.prefersTeam
            pace.record(seconds(team), team: team)
            return team
        }
    }

    @Test(arguments: [(team: 30.0, alone: 40.0), (team: 67.0, alone: 40.0), (team: 2.0, alone: 40.0)])
    func `the faster way is taken, and the other looked at now and then`(team: Double, alone: Double) {
        var pace = Pace()
        let taken = ways(&pace, turns: 200_000) { $0 ? team : alone }
        #expect(Array(taken.prefix(2)) == [true, false])
        let slower = taken.count { $0 == (team > alone) }
        let trials = 200_000 / (1024 * max(team, alone) / min(team, alone))
        #expect((7 * trials...8 * trials + 10).contains(Double(slower)), "\(slower) images, \(trials) trials")
    }

    @Test func `threads that have to wake get a second look`() {
        var (pace, inARow) = (Pace(), 0)
        let taken = ways(&pace, turns: 5000) { team in
            inARow = team ? inARow + 1 : 0
            return team ? (inARow < 4 ? 90 : 30) : 40
        }
        #expect(taken.suffix(4000).count { $0 } > 3900)
    }

    @Test func `a change of the machine is followed, an interruption is not`() {
        var pace = Pace()
        _ = ways(&pace, turns: 100) { $0 ? 30 : 40 }
        pace.record(10_000, team: true)
        #expect(pace.prefersTeam)
        // The caches of the threads have moved apart: a dozen turns show it.
        let apart = ways(&pace, turns: 100) { $0 ? 67 : 40 }
        #expect(apart.count { $0 } < 12)
        #expect(!pace.prefersTeam)
        let near = ways(&pace, turns: 4000) { $0 ? 30 : 40 }
        #expect(near.suffix(1000).count { $0 } > 980)
    }
}
