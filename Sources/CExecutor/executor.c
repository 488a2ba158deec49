// The hooks are variables of libswift_Concurrency, empty until somebody takes the pool's place; each is handed the function it replaces, too.
#include "executor.h"

#define SWIFT_CONVENTION __attribute__((swiftcall))

typedef void (*enqueue_hook)(void *job, void *replaced) SWIFT_CONVENTION;
typedef void (*delay_hook)(unsigned long long nanoseconds, void *job, void *replaced) SWIFT_CONVENTION;
typedef void (*deadline_hook)(
    long long seconds, long long nanoseconds, long long tolerance_seconds, long long tolerance_nanoseconds, int clock, void *job,
    void *replaced) SWIFT_CONVENTION;

extern enqueue_hook swift_task_enqueueGlobal_hook;
extern delay_hook swift_task_enqueueGlobalWithDelay_hook;
extern deadline_hook swift_task_enqueueGlobalWithDeadline_hook;
extern SWIFT_CONVENTION void swift_get_time(long long *seconds, long long *nanoseconds, int clock);

static crond_enqueue enqueue;
static crond_enqueue_later enqueue_later;

static SWIFT_CONVENTION void take(void *job, void *replaced) {
    (void)replaced;
    enqueue(job);
}

static SWIFT_CONVENTION void take_after(unsigned long long nanoseconds, void *job, void *replaced) {
    (void)replaced;
    enqueue_later(job, nanoseconds);
}

/// The deadline is a moment of the clock, and so is what the runtime says is now.
static unsigned long long wait_until(long long seconds, long long nanoseconds, int clock) {
    long long now_seconds = 0, now_nanoseconds = 0, left = 0;
    swift_get_time(&now_seconds, &now_nanoseconds, clock);
    if (__builtin_sub_overflow(seconds, now_seconds, &left) || __builtin_mul_overflow(left, 1000000000LL, &left) ||
        __builtin_add_overflow(left, nanoseconds - now_nanoseconds, &left))
        return seconds > now_seconds ? (unsigned long long)-1 >> 1 : 0;
    return left > 0 ? (unsigned long long)left : 0;
}

static SWIFT_CONVENTION void take_at(
    long long seconds, long long nanoseconds, long long tolerance_seconds, long long tolerance_nanoseconds, int clock, void *job,
    void *replaced) {
    (void)tolerance_seconds;
    (void)tolerance_nanoseconds;
    (void)replaced;
    enqueue_later(job, wait_until(seconds, nanoseconds, clock));
}

void crond_replace_pool(crond_enqueue now, crond_enqueue_later later) {
    enqueue = now;
    enqueue_later = later;
    swift_task_enqueueGlobal_hook = take;
    swift_task_enqueueGlobalWithDelay_hook = take_after;
    swift_task_enqueueGlobalWithDeadline_hook = take_at;
}
