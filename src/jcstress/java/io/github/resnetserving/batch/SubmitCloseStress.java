package io.github.resnetserving.batch;

import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A job comes while its queue is closed with no time to drain, and a worker looks for work. */
@JCStressTest
@Outcome(id = "Completed heard 0 told 1", expect = Expect.ACCEPTABLE, desc = "It came in time.")
@Outcome(id = "ShutDown heard 1 told 1", expect = Expect.ACCEPTABLE, desc = "It came too late.")
@State
public class SubmitCloseStress {

  private final Race race = new Race();
  private @Nullable Ticket<Integer> ticket;

  @Actor
  public void submit() {
    ticket = race.submit();
  }

  @Actor
  public void close() {
    race.queue.close();
  }

  @Actor
  public void run() {
    race.work();
  }

  @Arbiter
  public void ending(L_Result result) {
    result.r1 = ticket == null ? "not submitted" : race.ending(ticket);
  }
}
