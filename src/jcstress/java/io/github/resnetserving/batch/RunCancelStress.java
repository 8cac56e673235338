package io.github.resnetserving.batch;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A job is cancelled while a worker takes and runs it. */
@JCStressTest
@Outcome(id = "Completed heard 0 told 1", expect = ACCEPTABLE, desc = "The batch was first.")
@Outcome(id = "Cancelled heard 1 told 1", expect = ACCEPTABLE, desc = "Cancelling was first.")
@State
public class RunCancelStress {

  private final Race race = new Race();
  private final Ticket<Integer> ticket = race.submit();

  @Actor
  public void run() {
    race.work();
  }

  @Actor
  public void cancel() {
    ticket.cancel();
  }

  @Arbiter
  public void ending(L_Result result) {
    race.work();
    result.r1 = race.ending(ticket);
  }
}
