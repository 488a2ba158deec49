// Starts one program in a session of its own.
//
// The child shares the caller's memory (CLONE_VM | CLONE_VFORK: no page table is copied, however large the service is), so it must not return,
// allocate, lock, or call anything of libc that keeps state: glibc's setuid and setgroups wait for "all threads" and hang there, and tools such
// as ThreadSanitizer put themselves into the rest. Hence system calls only, and `__clone`, the name that no tool replaces. The child's signal
// handlers and descriptors are its own copies. All signals are blocked before the clone, glibc's internal ones included, and let through only
// when every disposition is the default: no handler of the service ever runs in the child. Error and stage come back through the shared memory.
#define _GNU_SOURCE 1
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_SIZE (64 * 1024)
#define GUARD_SIZE (64 * 1024)
#define SIGNALS 64

_Static_assert(sizeof(long) == 8, "the system calls below take and give 32-bit user numbers on 64-bit machines only");

extern int __clone(int (*function)(void *), void *stack, int flags, void *argument, ...);

struct context {
    const struct crond_launch *launch;
    volatile int stage;
    volatile int error;
    volatile int directory_error;
};

static __thread char *stack_memory;

static int fail(struct context *context, int stage) {
    context->error = errno ? errno : EINVAL;
    context->stage = stage;
    return -1;
}

static void default_signals(void) {
    // The kernel's structure: handler, flags, restorer, mask; all zero is the default disposition.
    unsigned long action[4] = {0};
    for (int number = 1; number <= SIGNALS; number++) syscall(SYS_rt_sigaction, number, action, NULL, 8);
}

static int place_descriptors(const struct crond_launch *launch) {
    int wanted[3] = {launch->standard_input, launch->standard_output, launch->standard_error};
    // A source below 3 would be overwritten by an earlier step.
    for (int i = 0; i < 3; i++) {
        if (wanted[i] < 3 && (wanted[i] = (int)syscall(SYS_fcntl, wanted[i], F_DUPFD, 3)) < 0) return -1;
    }
    for (int i = 0; i < 3; i++) {
        if (syscall(SYS_dup3, wanted[i], i, 0) < 0) return -1;
    }
    if (syscall(SYS_close_range, 3U, ~0U, 0U) == 0) return 0;
    struct rlimit limit;
    if (syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) != 0 || limit.rlim_cur > 65536) limit.rlim_cur = 65536;
    for (int fd = 3; fd < (int)limit.rlim_cur; fd++) syscall(SYS_close, fd);
    return 0;
}

static int apply_limits(const struct crond_launch *launch) {
    if (launch->umask >= 0) syscall(SYS_umask, launch->umask);
    if (launch->file_limit != UINT64_MAX) {
        struct rlimit limit;
        if (syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) != 0) return -1;
        limit.rlim_cur = launch->file_limit < limit.rlim_max ? launch->file_limit : limit.rlim_max;
        if (syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL) != 0) return -1;
    }
    if (launch->nice != 0 && syscall(SYS_setpriority, PRIO_PROCESS, 0, launch->nice) != 0) return -1;
    return 0;
}

static int switch_user(struct context *context) {
    const struct crond_launch *launch = context->launch;
    uid_t real_user, effective_user, saved_user;
    gid_t real_group, effective_group, saved_group;
    errno = 0;
    if (syscall(SYS_setgroups, launch->group_count, launch->groups) != 0) return fail(context, CROND_STAGE_GROUPS);
    if (syscall(SYS_setresgid, launch->gid, launch->gid, launch->gid) != 0) return fail(context, CROND_STAGE_GID);
    if (syscall(SYS_setresuid, launch->uid, launch->uid, launch->uid) != 0) return fail(context, CROND_STAGE_UID);
    errno = EPERM;
    if (syscall(SYS_getresgid, &real_group, &effective_group, &saved_group) != 0) return fail(context, CROND_STAGE_GID);
    if (real_group != launch->gid || effective_group != launch->gid || saved_group != launch->gid) return fail(context, CROND_STAGE_GID);
    if (syscall(SYS_getresuid, &real_user, &effective_user, &saved_user) != 0) return fail(context, CROND_STAGE_UID);
    if (real_user != launch->uid || effective_user != launch->uid || saved_user != launch->uid) return fail(context, CROND_STAGE_UID);
    if (syscall(SYS_getgroups, 0, NULL) != (long)launch->group_count) return fail(context, CROND_STAGE_GROUPS);
    return 0;
}

static int prepare(struct context *context) {
    const struct crond_launch *launch = context->launch;
    errno = 0;
    if (syscall(SYS_setsid) < 0) return fail(context, CROND_STAGE_SESSION);
    if (place_descriptors(launch) != 0) return fail(context, CROND_STAGE_DESCRIPTORS);
    if (apply_limits(launch) != 0) return fail(context, CROND_STAGE_LIMITS);
    if (launch->switch_user && switch_user(context) != 0) return -1;
    if (syscall(SYS_chdir, launch->directory) != 0) {
        if (!launch->directory_fallback) return fail(context, CROND_STAGE_CHDIR);
        context->directory_error = errno;
        if (syscall(SYS_chdir, "/") != 0) return fail(context, CROND_STAGE_CHDIR);
    }
    if (launch->no_new_privileges && syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail(context, CROND_STAGE_PRIVILEGES);
    return 0;
}

static int child(void *argument) {
    struct context *context = argument;
    uint64_t none = 0;
    default_signals();
    if (prepare(context) == 0) {
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8);
        syscall(SYS_execve, context->launch->program, context->launch->arguments, context->launch->environment);
        fail(context, CROND_STAGE_EXEC);
    }
    while (1) syscall(SYS_exit_group, 127);
}

static char *own_stack(void) {
    if (stack_memory) return stack_memory;
    char *memory = mmap(NULL, GUARD_SIZE + STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    mprotect(memory, GUARD_SIZE, PROT_NONE);
    return stack_memory = memory;
}

int crond_launch(const struct crond_launch *launch, struct crond_launch_result *result) {
    struct context context = {.launch = launch, .stage = CROND_STAGE_NONE, .error = 0, .directory_error = 0};
    uint64_t all = ~(uint64_t)0, before = 0;
    int pidfd = -1;
    memset(result, 0, sizeof *result);
    result->process = result->pidfd = -1;
    char *stack = own_stack();
    if (!stack) {
        result->stage = CROND_STAGE_STACK;
        result->error = errno;
        return -1;
    }
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, 8);
    pid_t process = __clone(child, stack + GUARD_SIZE + STACK_SIZE, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &context, &pidfd);
    int error = errno;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, 8);
    result->directory_error = context.directory_error;
    if (process < 0) {
        result->stage = CROND_STAGE_CLONE;
        result->error = error;
        return -1;
    }
    if (context.stage != CROND_STAGE_NONE) {
        while (waitpid(process, NULL, 0) < 0 && errno == EINTR) {}
        if (pidfd >= 0) close(pidfd);
        result->stage = context.stage;
        result->error = context.error;
        return -1;
    }
    result->process = process;
    result->pidfd = pidfd;
    return 0;
}
