#ifndef CRON_LAUNCH_H
#define CRON_LAUNCH_H

#include <stddef.h>
#include <stdint.h>

// What must run between clone and exec, where no Swift may run.

// The step that failed. Keep in step with `LaunchStage` in Swift.
enum crond_launch_stage {
    CROND_STAGE_NONE = 0,
    CROND_STAGE_STACK,
    CROND_STAGE_CLONE,
    CROND_STAGE_SESSION,
    CROND_STAGE_DESCRIPTORS,
    CROND_STAGE_LIMITS,
    CROND_STAGE_GROUPS,
    CROND_STAGE_GID,
    CROND_STAGE_UID,
    CROND_STAGE_CHDIR,
    CROND_STAGE_PRIVILEGES,
    CROND_STAGE_EXEC,
    CROND_STAGE_CAPABILITIES,
    // Given up by `crond_progress_give_up`.
    CROND_STAGE_STALLED,
    CROND_STAGE_NICE,
    CROND_STAGE_CGROUP,
};

// How far a launch is, for another thread than the one that waits for it in `crond_launch`. One for each launch.
struct crond_progress;

// NULL where there is no memory.
struct crond_progress *crond_progress_make(void);
void crond_progress_free(struct crond_progress *progress);

// The child that has not executed its program yet; 0 while there is none.
int32_t crond_progress_child(struct crond_progress *progress);

// Its child, also after it has executed its program or failed; 0 while there is none.
int32_t crond_progress_process(struct crond_progress *progress);

// Ends the launch: kills its child, now or as soon as there is one. 1 when `crond_launch` will answer CROND_STAGE_STALLED, 0 when it has
// its answer already. May be called again for a child that was not there yet.
int crond_progress_give_up(struct crond_progress *progress);

// Room for the longest path that the kernel names.
#define CROND_PATH_SIZE 4096

// A program that is tried before another. What the other one, a shell, would have done to its environment is done to this one.
struct crond_direct {
    // The first is the program.
    char *const *arguments;
    // Without PWD; its place is kept free.
    char **environment;
    size_t place_of_directory;
    // “PWD=” and what the shell would be given, or NULL.
    char *given_directory;
    // “PWD=” and CROND_PATH_SIZE bytes.
    char *directory;
};

struct crond_launch {
    // NULL: there is only `program`. Whatever keeps this from being executed, `program` is executed then.
    const struct crond_direct *direct;
    const char *program;
    char *const *arguments;
    char *const *environment;
    const char *directory;
    // Where `directory` cannot be entered: go on in "/" and say so.
    int directory_fallback;
    int standard_input, standard_output, standard_error;
    int switch_user;
    uint32_t uid;
    uint32_t gid;
    const uint32_t *groups;
    size_t group_count;
    // -1: inherited.
    int umask;
    // Soft limit of open files; UINT64_MAX: inherited.
    uint64_t file_limit;
    // Soft and hard limits; UINT64_MAX: inherited. The hard one of the processor's time is a second more, so that XCPU comes first.
    uint64_t limit_files, limit_address_space, limit_cpu_seconds;
    // Added to the caller's.
    int nice;
    int no_new_privileges;
    // The open `cgroup.procs` of the control group to enter; 0: none.
    int group;
    struct crond_progress *progress;
};

struct crond_launch_result {
    int32_t process;
    int pidfd;
    // Between these two moments since boot, in nanoseconds, the process began.
    int64_t begun_after, begun_before;
    int stage;
    int error;
    // errno of `direct`, where neither it nor `program` could be executed; else 0.
    int direct_error;
    // errno of the directory that was replaced by "/", or 0.
    int directory_error;
};

// 0 when the program runs, else -1 with stage and error set and nothing left behind. The calling thread waits until the child has executed
// its program or failed, however long that takes; every signal is blocked in it meanwhile. All memory that `launch` names must stay as it is
// until then.
int crond_launch(const struct crond_launch *launch, struct crond_launch_result *result);

// Gives back what `crond_launch` keeps for the calling thread.
void crond_launch_thread_ends(void);

#endif
