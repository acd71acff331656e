#if os(Linux)
    import Foundation
    import TestSupport
    import Testing

    /// The time of day has no part in a training.
    @Suite struct ClockTests {
        /// The time of day, a day later or earlier at each look.
        private static let jumpingClock = """
            #define _GNU_SOURCE
            #include <sys/syscall.h>
            #include <sys/time.h>
            #include <time.h>
            #include <unistd.h>
            static int looks;
            int clock_gettime(clockid_t clock, struct timespec *now) {
                int status = (int)syscall(SYS_clock_gettime, clock, now);
                if (clock == CLOCK_REALTIME) now->tv_sec += looks++ % 2 ? 86400 : -86400;
                return status;
            }
            int gettimeofday(struct timeval *now, void *zone) {
                struct timespec precise;
                clock_gettime(CLOCK_REALTIME, &precise);
                now->tv_sec = precise.tv_sec;
                now->tv_usec = precise.tv_nsec / 1000;
                return 0;
            }
            time_t time(time_t *now) {
                struct timespec precise;
                clock_gettime(CLOCK_REALTIME, &precise);
                if (now) *now = precise.tv_sec;
                return precise.tv_sec;
            }
            """

        @Test func aClockThatJumpsChangesNothing() throws {
            let scratch = Scratch()
            try scratch.write(Self.jumpingClock, to: "clock.c")
            let arguments = (Reference.arguments + ["--checkpoint-every", "1s", "--out", "run"]).joined(separator: " ")
            let outcome = try Program.shell.run(
                [
                    "-c",
                    "$(command -v clang || command -v cc) -shared -fPIC -o clock.so clock.c && "
                        + "LD_PRELOAD=$PWD/clock.so exec '\(Program.vae.path)' \(arguments)",
                ], in: scratch)
            #expect(outcome.status == 0, "\(outcome.errors)")
            try Reference.expectSame(scratch)
            let seconds = try scratch.text("run/metrics.jsonl").matches(of: /"seconds":([0-9.e-]+)/)
                .compactMap { Double($0.1) }
            #expect(seconds.count == 3)
            #expect(seconds.allSatisfy { $0 > 0 && $0 < 600 })
        }
    }
#endif
