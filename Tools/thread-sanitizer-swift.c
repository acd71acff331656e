// Shows ThreadSanitizer what Swift's libraries on Linux order and do not tell it: two programs of ten lines without a
// fault show both gaps (Swift 6.3). Linked into the tests of `sanitize.sh thread` in the place of the libraries'
// functions, which these call.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define ASYNC __attribute__((swiftasynccall))
#define SELF __attribute__((swift_context))

void __tsan_acquire(void *address);
void __tsan_release(void *address);
void *swift_task_getCurrent(void);

// A Mutex on which threads meet is locked and unlocked in the library.
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
SWIFT void lock_slowly(uint32_t thread, SELF void *mutex) __asm__(LOCK);
SWIFT void unlock_slowly(SELF void *mutex) __asm__(UNLOCK);

SWIFT void lock_slowly(uint32_t thread, SELF void *mutex) {
    SWIFT void (*lock)(uint32_t, SELF void *) = dlsym(RTLD_NEXT, LOCK);
    lock(thread, mutex);
    __tsan_acquire(mutex);
}

SWIFT void unlock_slowly(SELF void *mutex) {
    SWIFT void (*unlock)(SELF void *) = dlsym(RTLD_NEXT, UNLOCK);
    __tsan_release(mutex);
    unlock(mutex);
}

// A continuation that is resumed before its task waits, or while it begins to: the library releases the task then, but
// acquires it only where the task has to be started again.
static void acquire_task(void) {
    void *task = swift_task_getCurrent();
    if (task) __tsan_acquire(task);
}

ASYNC void swift_continuation_await(void *continuation);
void swift_task_enterThreadLocalContext(char *context);

ASYNC void swift_continuation_await(void *continuation) {
    acquire_task();
    ASYNC void (*await)(void *) = dlsym(RTLD_NEXT, "swift_continuation_await");
    __attribute__((musttail)) return await(continuation);
}

void swift_task_enterThreadLocalContext(char *context) {
    acquire_task();
    void (*enter)(char *) = dlsym(RTLD_NEXT, "swift_task_enterThreadLocalContext");
    enter(context);
}
