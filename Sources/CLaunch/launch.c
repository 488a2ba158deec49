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
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STACK_SIZE (64 * 1024)
#define GUARD_SIZE (64 * 1024)
#define SIGNALS 64

_Static_assert(sizeof(long) == 8, "the system calls below take and give 32-bit user numbers on 64-bit machines only");

extern int __clone(int (*function)(void *), void *stack, int flags, void *argument, ...);

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

// `pidfd` and `process` are written without the lock, by the kernel and the child, while the caller is inside the clone. From `answered` on,
// which is set under it, neither is used to signal any more.
struct crond_progress {
    pthread_mutex_t lock;
    int pidfd;
    int32_t process;
    int given_up;
    int answered;
};

struct context {
    const struct crond_launch *launch;
    pid_t parent;
    volatile int64_t begun_before;
    volatile int stage;
    volatile int error;
    volatile int directory_error;
    volatile int direct_error;
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

static int set_limit(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit = {soft, hard};
    return soft == UINT64_MAX ? 0 : (int)syscall(SYS_prlimit64, 0, resource, &limit, NULL);
}

static int apply_limits(const struct crond_launch *launch) {
    if (launch->umask >= 0) syscall(SYS_umask, launch->umask);
    if (launch->file_limit != UINT64_MAX) {
        struct rlimit limit;
        if (syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) != 0) return -1;
        limit.rlim_cur = launch->file_limit < limit.rlim_max ? launch->file_limit : limit.rlim_max;
        if (syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL) != 0) return -1;
    }
    if (set_limit(RLIMIT_NOFILE, launch->limit_files, launch->limit_files) != 0) return -1;
    if (set_limit(RLIMIT_CPU, launch->limit_cpu_seconds, launch->limit_cpu_seconds + 1) != 0) return -1;
    return set_limit(RLIMIT_AS, launch->limit_address_space, launch->limit_address_space);
}

static int be_nice(const struct crond_launch *launch) {
    if (launch->nice == 0) return 0;
    // The system call answers 20 less the value, which is never negative.
    int nice = 20 - (int)syscall(SYS_getpriority, PRIO_PROCESS, 0) + launch->nice;
    nice = nice < -20 ? -20 : nice > 19 ? 19 : nice;
    return (int)syscall(SYS_setpriority, PRIO_PROCESS, 0, nice);
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

// For any user but root: nothing of ours is left, and root cannot be had again.
static int drop_capabilities(struct context *context) {
    const struct crond_launch *launch = context->launch;
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{0, 0, 0}, {0, 0, 0}};
    if (launch->uid == 0) return 0;
    // Whether these worked is looked at below. Without permitted and inheritable ones there can be no ambient ones.
    syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    syscall(SYS_capset, &header, data);
    errno = 0;
    if (syscall(SYS_capget, &header, data) != 0) return fail(context, CROND_STAGE_CAPABILITIES);
    errno = EPERM;
    for (int i = 0; i < 2; i++) {
        if (data[i].effective | data[i].permitted | data[i].inheritable) return fail(context, CROND_STAGE_CAPABILITIES);
    }
    if (syscall(SYS_setresuid, 0, 0, 0) == 0) {
        errno = EPERM;
        return fail(context, CROND_STAGE_CAPABILITIES);
    }
    return 0;
}

static int prepare(struct context *context) {
    const struct crond_launch *launch = context->launch;
    errno = 0;
    if (syscall(SYS_setsid) < 0) return fail(context, CROND_STAGE_SESSION);
    // 0 is the writer itself. Before anything is given up that it takes.
    if (launch->group && syscall(SYS_write, launch->group, "0", 1) != 1) return fail(context, CROND_STAGE_CGROUP);
    if (place_descriptors(launch) != 0) return fail(context, CROND_STAGE_DESCRIPTORS);
    if (apply_limits(launch) != 0) return fail(context, CROND_STAGE_LIMITS);
    if (be_nice(launch) != 0) return fail(context, CROND_STAGE_NICE);
    if (launch->switch_user) {
        if (switch_user(context) != 0 || drop_capabilities(context) != 0) return -1;
        if (syscall(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return fail(context, CROND_STAGE_PRIVILEGES);
    }
    if (syscall(SYS_chdir, launch->directory) != 0) {
        if (!launch->directory_fallback) return fail(context, CROND_STAGE_CHDIR);
        context->directory_error = errno;
        if (syscall(SYS_chdir, "/") != 0) return fail(context, CROND_STAGE_CHDIR);
    }
    if (launch->no_new_privileges && syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail(context, CROND_STAGE_PRIVILEGES);
    return 0;
}

// PWD as dash sets it: what it was given where that is a path of this very directory, else the kernel's path of it. NULL where the kernel has
// none: the shell has something to say about that.
static char *directory_variable(const struct crond_direct *direct) {
    struct stat given, here;
    char *variable = direct->given_directory;
    if (variable && variable[4] == '/' && syscall(SYS_newfstatat, AT_FDCWD, variable + 4, &given, 0) == 0 &&
        syscall(SYS_newfstatat, AT_FDCWD, ".", &here, 0) == 0 && given.st_dev == here.st_dev && given.st_ino == here.st_ino)
        return variable;
    variable = direct->directory;
    return syscall(SYS_getcwd, variable + 4, CROND_PATH_SIZE) > 0 && variable[4] == '/' ? variable : NULL;
}

// Returns where the shell has to do it: it finds what this found, and has its own words and exit code for it.
static void execute_directly(struct context *context) {
    const struct crond_direct *direct = context->launch->direct;
    if (!direct || !(direct->environment[direct->place_of_directory] = directory_variable(direct))) return;
    syscall(SYS_execve, direct->arguments[0], direct->arguments, direct->environment);
    context->direct_error = errno;
}

static int64_t nanoseconds_since_boot(void) {
    struct timespec time = {0, 0};
    syscall(SYS_clock_gettime, CLOCK_BOOTTIME, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int child(void *argument) {
    struct context *context = argument;
    struct crond_progress *progress = context->launch->progress;
    uint64_t none = 0;
    context->begun_before = nanoseconds_since_boot();
    __atomic_store_n(&progress->process, (int32_t)syscall(SYS_getpid), __ATOMIC_RELEASE);
    default_signals();
    // Nothing begins after it was given up, or after the service has died: its next life has told another outcome by then.
    if (prepare(context) == 0 && !__atomic_load_n(&progress->given_up, __ATOMIC_ACQUIRE) && syscall(SYS_getppid) == context->parent) {
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8);
        execute_directly(context);
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

struct crond_progress *crond_progress_make(void) {
    struct crond_progress *progress = calloc(1, sizeof *progress);
    if (!progress) return NULL;
    pthread_mutex_init(&progress->lock, NULL);
    progress->pidfd = -1;
    return progress;
}

void crond_progress_free(struct crond_progress *progress) {
    pthread_mutex_destroy(&progress->lock);
    free(progress);
}

int32_t crond_progress_child(struct crond_progress *progress) {
    pthread_mutex_lock(&progress->lock);
    int32_t process = progress->answered ? 0 : crond_progress_process(progress);
    pthread_mutex_unlock(&progress->lock);
    return process;
}

int32_t crond_progress_process(struct crond_progress *progress) { return __atomic_load_n(&progress->process, __ATOMIC_ACQUIRE); }

// A child that nobody has reaped. A kernel or a seccomp filter may not know the call; its number cannot be a stranger's.
static void kill_child(int32_t process, int pidfd) {
    if (pidfd < 0 || syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) != 0) kill(process, SIGKILL);
}

int crond_progress_give_up(struct crond_progress *progress) {
    pthread_mutex_lock(&progress->lock);
    int is_in_time = !progress->answered;
    if (is_in_time) {
        __atomic_store_n(&progress->given_up, 1, __ATOMIC_RELEASE);
        int32_t process = crond_progress_process(progress);
        if (process > 0) kill_child(process, progress->pidfd);
    }
    pthread_mutex_unlock(&progress->lock);
    return is_in_time;
}

// Answers whether the launch was given up. Afterwards nobody else signals the child: it may be reaped.
static int take_back(struct crond_progress *progress, pid_t process, int *pidfd) {
    pthread_mutex_lock(&progress->lock);
    *pidfd = progress->pidfd;
    progress->pidfd = -1;
    if (process > 0) __atomic_store_n(&progress->process, (int32_t)process, __ATOMIC_RELEASE);
    progress->answered = 1;
    int given_up = progress->given_up;
    pthread_mutex_unlock(&progress->lock);
    return given_up;
}

static int failed(struct crond_launch_result *result, int stage, int error) {
    result->stage = stage;
    result->error = error;
    return -1;
}

static void reap(pid_t process, int pidfd) {
    while (waitpid(process, NULL, 0) < 0 && errno == EINTR) {}
    if (pidfd >= 0) close(pidfd);
}

int crond_launch(const struct crond_launch *launch, struct crond_launch_result *result) {
    struct context context = {.launch = launch, .parent = getpid(), .begun_before = 0, .stage = CROND_STAGE_NONE, .error = 0, .directory_error = 0, .direct_error = 0};
    struct crond_progress *progress = launch->progress;
    uint64_t all = ~(uint64_t)0, before = 0;
    int pidfd = -1;
    memset(result, 0, sizeof *result);
    result->process = result->pidfd = -1;
    char *stack = own_stack();
    if (!stack) return failed(result, CROND_STAGE_STACK, errno);
    if (__atomic_load_n(&progress->given_up, __ATOMIC_ACQUIRE)) return failed(result, CROND_STAGE_STALLED, ETIMEDOUT);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, 8);
    result->begun_after = nanoseconds_since_boot();
    pid_t process =
        __clone(child, stack + GUARD_SIZE + STACK_SIZE, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &context, &progress->pidfd);
    int error = errno;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, 8);
    int given_up = take_back(progress, process, &pidfd);
    result->begun_before = context.begun_before;
    result->directory_error = context.directory_error;
    if (process < 0) return failed(result, CROND_STAGE_CLONE, error);
    if (given_up) {
        kill_child(process, pidfd);
        reap(process, pidfd);
        return failed(result, CROND_STAGE_STALLED, ETIMEDOUT);
    }
    if (context.stage != CROND_STAGE_NONE) {
        result->direct_error = context.direct_error;
        reap(process, pidfd);
        return failed(result, context.stage, context.error);
    }
    result->process = process;
    result->pidfd = pidfd;
    return 0;
}

void crond_launch_thread_ends(void) {
    if (stack_memory) munmap(stack_memory, GUARD_SIZE + STACK_SIZE);
    stack_memory = NULL;
}
