// What Swift's runtime does with jobs that name no executor. Its hooks have Swift's calling convention, which only C can spell.
#ifndef CRON_CEXECUTOR_H
#define CRON_CEXECUTOR_H

/// Takes a job of the runtime's, which must be run once.
typedef void (*crond_enqueue)(void *job);
/// The same, with how many nanoseconds it shall wait.
typedef void (*crond_enqueue_later)(void *job, unsigned long long nanoseconds);

/// Gives these two every job that would go to the runtime's own pool of threads. Once, before there is any job.
void crond_replace_pool(crond_enqueue now, crond_enqueue_later later);

#endif
