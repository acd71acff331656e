/// Whether one image is run sooner by one thread or by all of them as a team, from how long both have taken lately.
///
/// Threads that sleep, or whose caches are far apart, bring less than their meeting costs, and that changes while a
/// program runs. The choice changes no byte.
struct Pace: Sendable {
    /// What an image takes, in seconds; nil before the first.
    private var alone, together: Double?
    /// Images before the slower way is tried again, and what is left of a trial.
    private var wait = 0.0
    private var trial = 0
    private var triesTeam = false

    /// Images between two trials, times how much slower the other way is: 99 of 100 never see it.
    static let patience = 1024.0
    /// Images of a trial: threads that slept are awake after the first ones.
    static let trialLength = 8

    /// How the next image is to be run.
    var prefersTeam: Bool {
        guard let together else { return true }
        guard let alone else { return false }
        return trial > 0 ? triesTeam : together < alone
    }

    /// Takes in how long the last image took.
    mutating func record(_ seconds: Double, team: Bool) {
        if team { Pace.move(&together, to: seconds) } else { Pace.move(&alone, to: seconds) }
        guard let together, let alone else { return }
        if trial > 0 {
            trial -= 1
            if trial == 0 { wait = Pace.patience * max(together, alone) / min(together, alone) }
        } else {
            wait -= 1
            if wait <= 0 { (trial, triesTeam) = (Pace.trialLength, together >= alone) }
        }
    }

    /// Down at once, since nothing runs too fast by chance; up by little, since much may interrupt.
    private static func move(_ usual: inout Double?, to seconds: Double) {
        usual = usual.map { min(max(seconds, $0 / 2), $0 * 1.05) } ?? seconds
    }
}
