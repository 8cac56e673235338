package io.github.resnetserving.batch;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A job's batch runs while it is cancelled and its deadline passes. */
@JCStressTest
@Outcome(id = "Completed heard 0 told 1", expect = Expect.ACCEPTABLE, desc = "The batch was first.")
@Outcome(id = "Cancelled heard 1 told 1", expect = Expect.ACCEPTABLE, desc = "Cancel was first.")
@Outcome(
    id = "Expired heard 1 told 1",
    expect = Expect.ACCEPTABLE,
    desc = "The deadline was first.")
@State
public class RunCancelExpireStress {

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

  @Actor
  @SuppressWarnings("unchecked") // what was accepted is a job
  public void expire() {
    race.queue.expire((Job<Integer, Integer>) ticket);
  }

  @Arbiter
  public void ending(L_Result result) {
    result.r1 = race.ending(ticket);
  }
}
