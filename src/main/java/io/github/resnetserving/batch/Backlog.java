package io.github.resnetserving.batch;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The jobs of one queue that wait, and the order in which they leave: interactive ones first, but
 * of eight places one goes to the oldest bulk job. So bulk jobs never starve, and however many of
 * them wait, they cost interactive ones at most an eighth of the machine. Guarded by the
 * scheduler's lock.
 */
final class Backlog<I, O> {

  /** Interactive jobs that go before a waiting bulk job. */
  private static final int BEFORE_BULK = 7;

  /** Later than anything, and near enough to be compared by subtraction. */
  private static final long FAR_NANOS = Long.MAX_VALUE / 2;

  private final JobList<I, O> interactive = new JobList<>();
  private final JobList<I, O> bulk = new JobList<>();
  private int sinceBulk; // interactive jobs taken since, while bulk jobs waited
  private long earliestDeadline; // no job's is earlier; means nothing while none waits
  private long latestStart; // of the job whose is earliest; means nothing while none waits

  int size() {
    return interactive.size() + bulk.size();
  }

  boolean isEmpty() {
    return size() == 0;
  }

  /**
   * How many jobs go before one that comes last.
   *
   * @param moreInteractive jobs that come before it, besides those that wait
   * @param moreBulk likewise
   */
  int ahead(Priority priority, int moreInteractive, int moreBulk) {
    int interactives = interactive.size() + moreInteractive;
    int bulks = bulk.size() + moreBulk;
    return switch (priority) {
      case BULK -> bulks + Math.min(interactives, (bulks + 1) * BEFORE_BULK - sinceBulk);
      case INTERACTIVE -> interactives + Math.min(bulks, (sinceBulk + interactives) / BEFORE_BULK);
    };
  }

  void add(Job<I, O> job) {
    if (isEmpty()) {
      earliestDeadline = job.deadlineNanos();
      latestStart = job.latestStartNanos();
    } else {
      earliestDeadline = earlier(earliestDeadline, job.deadlineNanos());
      latestStart = earlier(latestStart, job.latestStartNanos());
    }
    list(job).add(job);
  }

  /** Returns whether the job was waiting. */
  boolean remove(Job<I, O> job) {
    if (!job.linked) {
      return false;
    }
    list(job).remove(job);
    return true;
  }

  /** When the next batch starts even if it is not full. Only while jobs wait. */
  long latestStart() {
    return latestStart;
  }

  /** Removes and returns the jobs whose deadline has passed. */
  List<Job<I, O>> takeExpired(long now) {
    if (isEmpty() || now - earliestDeadline < 0) {
      return List.of();
    }
    List<Job<I, O>> expired = new ArrayList<>();
    earliestDeadline = now + FAR_NANOS; // set anew by those that stay
    expireOrNote(interactive, now, expired);
    expireOrNote(bulk, now, expired);
    return expired;
  }

  private void expireOrNote(JobList<I, O> jobs, long now, List<Job<I, O>> expired) {
    jobs.forEach(job -> {
      if (now - job.deadlineNanos() >= 0) {
        jobs.remove(job);
        expired.add(job);
      } else {
        earliestDeadline = earlier(earliestDeadline, job.deadlineNanos());
      }
    });
  }

  /**
   * Removes and returns the next jobs.
   *
   * @param count at most {@link #size()}
   */
  List<Job<I, O>> take(int count) {
    List<Job<I, O>> jobs = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      Job<I, O> job = poll();
      if (job == null) {
        throw new IllegalStateException("%d jobs were asked for, %d wait".formatted(count, i));
      }
      jobs.add(job);
    }
    return jobs;
  }

  /** Lets the jobs that wait start from now on. */
  void releaseAll(long now) {
    latestStart = now;
  }

  /** Finds {@link #latestStart()} anew after jobs were taken. */
  void noteLatestStart(long now) {
    latestStart = now + FAR_NANOS;
    interactive.forEach(job -> latestStart = earlier(latestStart, job.latestStartNanos()));
    bulk.forEach(job -> latestStart = earlier(latestStart, job.latestStartNanos()));
  }

  private @Nullable Job<I, O> poll() {
    if (bulk.size() == 0) {
      sinceBulk = 0; // a class that waits for nothing earns no turn
      return interactive.poll();
    }
    if (interactive.size() == 0 || sinceBulk >= BEFORE_BULK) {
      sinceBulk = 0;
      return bulk.poll();
    }
    sinceBulk++;
    return interactive.poll();
  }

  private JobList<I, O> list(Job<I, O> job) {
    return job.priority() == Priority.BULK ? bulk : interactive;
  }

  private static long earlier(long a, long b) {
    return a - b <= 0 ? a : b;
  }
}
