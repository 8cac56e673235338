package io.github.resnetserving.sandbox;

/** Linux's system calls that are made or judged here, with their numbers. */
enum SystemCall {
  READ(0, 63, Rule.ALLOWED),
  WRITE(1, 64, Rule.ALLOWED),
  OPEN(2, SystemCall.NONE, Rule.JUDGED),
  CLOSE(3, 57, Rule.ALLOWED),
  STAT(4, SystemCall.NONE, Rule.ALLOWED),
  FSTAT(5, 80, Rule.ALLOWED),
  LSTAT(6, SystemCall.NONE, Rule.ALLOWED),
  POLL(7, SystemCall.NONE, Rule.ALLOWED),
  LSEEK(8, 62, Rule.ALLOWED),
  MMAP(9, 222, Rule.ALLOWED),
  MPROTECT(10, 226, Rule.ALLOWED),
  MUNMAP(11, 215, Rule.ALLOWED),
  BRK(12, 214, Rule.ALLOWED),
  RT_SIGACTION(13, 134, Rule.ALLOWED),
  RT_SIGPROCMASK(14, 135, Rule.ALLOWED),
  RT_SIGRETURN(15, 139, Rule.ALLOWED),
  IOCTL(16, 29, Rule.JUDGED),
  PREAD64(17, 67, Rule.ALLOWED),
  READV(19, 65, Rule.ALLOWED),
  WRITEV(20, 66, Rule.ALLOWED),
  ACCESS(21, SystemCall.NONE, Rule.ALLOWED),
  SCHED_YIELD(24, 124, Rule.ALLOWED),
  MREMAP(25, 216, Rule.ALLOWED),
  MINCORE(27, 232, Rule.ALLOWED),
  MADVISE(28, 233, Rule.ALLOWED),
  NANOSLEEP(35, 101, Rule.ALLOWED),
  GETPID(39, 172, Rule.ALLOWED),
  CLONE(56, 220, Rule.JUDGED),
  EXIT(60, 93, Rule.ALLOWED),
  UNAME(63, 160, Rule.ALLOWED),
  FCNTL(72, 25, Rule.JUDGED),
  GETCWD(79, 17, Rule.ALLOWED),
  READLINK(89, SystemCall.NONE, Rule.ALLOWED),
  GETTIMEOFDAY(96, 169, Rule.ALLOWED),
  GETRLIMIT(97, 163, Rule.ALLOWED),
  GETRUSAGE(98, 165, Rule.ALLOWED),
  SYSINFO(99, 179, Rule.ALLOWED),
  TIMES(100, 153, Rule.ALLOWED),
  GETUID(102, 174, Rule.ALLOWED),
  GETGID(104, 176, Rule.ALLOWED),
  GETEUID(107, 175, Rule.ALLOWED),
  GETEGID(108, 177, Rule.ALLOWED),
  GETPPID(110, 173, Rule.ALLOWED),
  SIGALTSTACK(131, 132, Rule.ALLOWED),
  GETPRIORITY(140, 141, Rule.ALLOWED),
  SETPRIORITY(141, 140, Rule.JUDGED),
  PRCTL(157, 167, Rule.JUDGED),
  GETTID(186, 178, Rule.ALLOWED),
  TIME(201, SystemCall.NONE, Rule.ALLOWED),
  FUTEX(202, 98, Rule.ALLOWED),
  SCHED_GETAFFINITY(204, 123, Rule.ALLOWED),
  GETDENTS64(217, 61, Rule.ALLOWED),
  SET_TID_ADDRESS(218, 96, Rule.ALLOWED),
  RESTART_SYSCALL(219, 128, Rule.ALLOWED),
  FADVISE64(221, 223, Rule.ALLOWED),
  CLOCK_GETTIME(228, 113, Rule.ALLOWED),
  CLOCK_GETRES(229, 114, Rule.ALLOWED),
  CLOCK_NANOSLEEP(230, 115, Rule.ALLOWED),
  EXIT_GROUP(231, 94, Rule.ALLOWED),
  TGKILL(234, 131, Rule.JUDGED),
  OPENAT(257, 56, Rule.JUDGED),
  NEWFSTATAT(262, 79, Rule.ALLOWED),
  READLINKAT(267, 78, Rule.ALLOWED),
  FACCESSAT(269, 48, Rule.ALLOWED),
  PPOLL(271, 73, Rule.ALLOWED),
  SET_ROBUST_LIST(273, 99, Rule.ALLOWED),
  GET_ROBUST_LIST(274, 100, Rule.ALLOWED),
  PRLIMIT64(302, 261, Rule.JUDGED),
  GETCPU(309, 168, Rule.ALLOWED),
  SECCOMP(317, 277, Rule.JUDGED),
  GETRANDOM(318, 278, Rule.ALLOWED),
  MEMBARRIER(324, 283, Rule.ALLOWED),
  STATX(332, 291, Rule.ALLOWED),
  RSEQ(334, 293, Rule.ALLOWED),
  CLONE3(435, 435, Rule.JUDGED),
  FACCESSAT2(439, 439, Rule.ALLOWED),
  LANDLOCK_CREATE_RULESET(444, 444, Rule.JUDGED),
  LANDLOCK_ADD_RULE(445, 445, Rule.JUDGED),
  LANDLOCK_RESTRICT_SELF(446, 446, Rule.JUDGED);

  /** The number of a call that an architecture does not have. */
  static final int NONE = -1;

  /** What {@link SeccompFilter} makes of a call. */
  private enum Rule {
    /** It is allowed, whatever its arguments. */
    ALLOWED,
    /** It is refused, or allowed with some arguments alone. */
    JUDGED
  }

  private final int x86;
  private final int arm;
  private final Rule rule;

  SystemCall(int x86, int arm, Rule rule) {
    this.x86 = x86;
    this.arm = arm;
    this.rule = rule;
  }

  /** Whether a helper may make the call with any arguments. */
  boolean isAllowed() {
    return rule == Rule.ALLOWED;
  }

  /** The call's number, or {@link #NONE}. */
  int number(MachineArchitecture architecture) {
    return switch (architecture) {
      case X86_64 -> x86;
      case AARCH64 -> arm;
    };
  }
}
