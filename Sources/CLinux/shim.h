// The Linux calls that Swift's Glibc module leaves out. Headers only: everything here is an include or a static inline wrapper.
#ifndef CRON_CLINUX_SHIM_H
#define CRON_CLINUX_SHIM_H

// Not with _GNU_SOURCE: Swift's Glibc module is built without it, and a program that loads both modules refuses types whose definitions
// differ (fd_set, __rusage_who). What only GNU declares is wrapped below.
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/capability.h>
#include <linux/stat.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static inline int cl_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
static inline pid_t cl_thread_number(void) { return (pid_t)syscall(SYS_gettid); }
static inline int cl_set_child_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
static inline int cl_set_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }
static inline int cl_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }
static inline int cl_openat(int dir, const char *path, int flags, mode_t mode) { return openat(dir, path, flags, mode); }
// Two files change names in one step, where the file system can do that.
static inline int cl_exchange(const char *a, const char *b) { return (int)syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2u); }
static inline int cl_fcntl(int fd, int command, int argument) { return fcntl(fd, command, argument); }
// How many bytes a pipe holds.
static inline int cl_unread(int fd, int *count) { return ioctl(fd, FIONREAD, count); }
static inline int cl_errno(void) { return errno; }
static inline const char *cl_error_text(int number) { return strerror(number); }
// Whether setuid, setgid and setgroups to anybody are allowed: both capabilities in force.
static inline int cl_can_switch_user(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{0, 0, 0}, {0, 0, 0}};
    if (syscall(SYS_capget, &header, data) != 0) return geteuid() == 0;
    return (data[0].effective >> CAP_SETUID & 1) && (data[0].effective >> CAP_SETGID & 1);
}
static inline int cl_first_real_time_signal(void) { return SIGRTMIN; }
// Without "SIG"; strsignal would be a sentence, and sigabbrev_np only GNU declares.
static inline const char *cl_signal_name(int number) {
    switch (number) {
#define CL_NAMED(name) case SIG##name: return #name;
    CL_NAMED(HUP) CL_NAMED(INT) CL_NAMED(QUIT) CL_NAMED(ABRT) CL_NAMED(KILL) CL_NAMED(USR1) CL_NAMED(SEGV) CL_NAMED(USR2) CL_NAMED(PIPE)
    CL_NAMED(ALRM) CL_NAMED(TERM) CL_NAMED(STKFLT) CL_NAMED(CHLD) CL_NAMED(CONT) CL_NAMED(STOP) CL_NAMED(TSTP) CL_NAMED(TTIN)
    CL_NAMED(TTOU) CL_NAMED(URG) CL_NAMED(XCPU) CL_NAMED(XFSZ) CL_NAMED(VTALRM) CL_NAMED(PROF) CL_NAMED(WINCH) CL_NAMED(IO) CL_NAMED(PWR)
    CL_NAMED(SYS)
#undef CL_NAMED
    default: return NULL;
    }
}
// O_PATH, the same on all machines that Swift runs on: a place in the file tree, not to be read.
static const int cl_place_only = 010000000;
// Whether a file lies on a mount that is read-only here; -1 where that cannot be told.
static inline int cl_is_read_only(int fd) {
    struct statvfs status;
    return fstatvfs(fd, &status) != 0 ? -1 : (status.f_flag & ST_RDONLY) != 0;
}
// When a file was made, in nanoseconds since 1970; 0 where its file system does not tell.
static inline int64_t cl_birth(int fd) {
    struct statx status;
    if (syscall(SYS_statx, fd, "", 0x1000 /* AT_EMPTY_PATH */, STATX_BTIME, &status) != 0 || !(status.stx_mask & STATX_BTIME)) return 0;
    return (int64_t)status.stx_btime.tv_sec * 1000000000 + status.stx_btime.tv_nsec;
}
static inline int cl_pipe(int ends[2]) { return (int)syscall(SYS_pipe2, ends, O_CLOEXEC); }
static inline int cl_memory_file(const char *name) { return (int)syscall(SYS_memfd_create, name, 1U /* MFD_CLOEXEC */); }
static inline void cl_default_signal(int number) { signal(number, SIG_DFL); }
static inline void cl_ignore_signal(int number) { signal(number, SIG_IGN); }

/// Unmaps the pages of the program's own text and constants, which come back from the page cache when they are used again. Segments that were
/// ever writable are left alone: what the loader relocated in them is in no file.
static inline void cl_return_text(void) {
    const Elf64_Phdr *headers = (const Elf64_Phdr *)getauxval(AT_PHDR);
    unsigned long count = getauxval(AT_PHNUM), page = (unsigned long)sysconf(_SC_PAGESIZE), base = 0;
    if (!headers || getauxval(AT_PHENT) != sizeof *headers) return;
    for (unsigned long i = 0; i < count; i++) {
        if (headers[i].p_type == PT_PHDR) base = (unsigned long)headers - headers[i].p_vaddr;
    }
    for (unsigned long i = 0; i < count; i++) {
        if (headers[i].p_type != PT_LOAD || headers[i].p_flags & PF_W) continue;
        unsigned long from = (base + headers[i].p_vaddr + page - 1) & ~(page - 1);
        unsigned long to = (base + headers[i].p_vaddr + headers[i].p_filesz) & ~(page - 1);
        if (to > from) madvise((void *)from, to - from, MADV_DONTNEED);
    }
}

#endif
