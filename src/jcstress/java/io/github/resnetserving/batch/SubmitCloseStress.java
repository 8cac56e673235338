package io.github.resnetserving.batch;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A job comes as its queue is closed with no time to drain. */
@JCStressTest
@Outcome(id = "ShutDown heard 1 told 1", expect = ACCEPTABLE, desc = "Left over, or too late.")
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

  @Arbiter
  public void ending(L_Result result) {
    race.work(); // finds nothing: the queue is closed
    result.r1 = ticket == null ? "not submitted" : race.ending(ticket);
  }
}
