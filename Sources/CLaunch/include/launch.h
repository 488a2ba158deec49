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
};

struct crond_launch {
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
    int nice;
    int no_new_privileges;
};

struct crond_launch_result {
    int32_t process;
    int pidfd;
    int stage;
    int error;
    // errno of the directory that was replaced by "/", or 0.
    int directory_error;
};

// 0 when the program runs, else -1 with stage and error set and nothing left behind. The calling thread waits until the child has executed
// its program or failed; every signal is blocked in it meanwhile.
int crond_launch(const struct crond_launch *launch, struct crond_launch_result *result);

#endif
