package io.github.resnetserving.sandbox;

/** Linux's system calls that are made or judged here, with their numbers. */
enum SystemCall {
  READ(0, 63),
  WRITE(1, 64),
  OPEN(2, SystemCall.NONE),
  CLOSE(3, 57),
  STAT(4, SystemCall.NONE),
  FSTAT(5, 80),
  LSTAT(6, SystemCall.NONE),
  POLL(7, SystemCall.NONE),
  LSEEK(8, 62),
  MMAP(9, 222),
  MPROTECT(10, 226),
  MUNMAP(11, 215),
  BRK(12, 214),
  RT_SIGACTION(13, 134),
  RT_SIGPROCMASK(14, 135),
  RT_SIGRETURN(15, 139),
  IOCTL(16, 29),
  PREAD64(17, 67),
  READV(19, 65),
  WRITEV(20, 66),
  ACCESS(21, SystemCall.NONE),
  SCHED_YIELD(24, 124),
  MREMAP(25, 216),
  MINCORE(27, 232),
  MADVISE(28, 233),
  NANOSLEEP(35, 101),
  GETPID(39, 172),
  CLONE(56, 220),
  EXIT(60, 93),
  UNAME(63, 160),
  FCNTL(72, 25),
  GETCWD(79, 17),
  READLINK(89, SystemCall.NONE),
  GETTIMEOFDAY(96, 169),
  GETRLIMIT(97, 163),
  GETRUSAGE(98, 165),
  SYSINFO(99, 179),
  TIMES(100, 153),
  GETUID(102, 174),
  GETGID(104, 176),
  GETEUID(107, 175),
  GETEGID(108, 177),
  GETPPID(110, 173),
  SIGALTSTACK(131, 132),
  GETPRIORITY(140, 141),
  SETPRIORITY(141, 140),
  PRCTL(157, 167),
  GETTID(186, 178),
  TIME(201, SystemCall.NONE),
  FUTEX(202, 98),
  SCHED_GETAFFINITY(204, 123),
  GETDENTS64(217, 61),
  SET_TID_ADDRESS(218, 96),
  RESTART_SYSCALL(219, 128),
  FADVISE64(221, 223),
  CLOCK_GETTIME(228, 113),
  CLOCK_GETRES(229, 114),
  CLOCK_NANOSLEEP(230, 115),
  EXIT_GROUP(231, 94),
  TGKILL(234, 131),
  OPENAT(257, 56),
  NEWFSTATAT(262, 79),
  READLINKAT(267, 78),
  FACCESSAT(269, 48),
  PPOLL(271, 73),
  SET_ROBUST_LIST(273, 99),
  GET_ROBUST_LIST(274, 100),
  PRLIMIT64(302, 261),
  GETCPU(309, 168),
  SECCOMP(317, 277),
  GETRANDOM(318, 278),
  MEMBARRIER(324, 283),
  STATX(332, 291),
  RSEQ(334, 293),
  CLONE3(435, 435),
  FACCESSAT2(439, 439),
  LANDLOCK_CREATE_RULESET(444, 444),
  LANDLOCK_ADD_RULE(445, 445),
  LANDLOCK_RESTRICT_SELF(446, 446);

  /** The number of a call that an architecture does not have. */
  static final int NONE = -1;

  private final int x86;
  private final int arm;

  SystemCall(int x86, int arm) {
    this.x86 = x86;
    this.arm = arm;
  }

  /** The call's number, or {@link #NONE}. */
  int number(MachineArchitecture architecture) {
    return switch (architecture) {
      case X86_64 -> x86;
      case AARCH64 -> arm;
    };
  }
}
