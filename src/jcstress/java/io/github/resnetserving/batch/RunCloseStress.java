package io.github.resnetserving.batch;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A queue is closed with no time to drain while a worker takes and runs its job. */
@JCStressTest
@Outcome(id = "Completed heard 0 told 1", expect = ACCEPTABLE, desc = "The batch was first.")
@Outcome(id = "ShutDown heard 1 told 1", expect = ACCEPTABLE, desc = "Closing was first.")
@State
public class RunCloseStress {

  private final Race race = new Race();
  private final Ticket<Integer> ticket = race.submit();

  @Actor
  public void run() {
    race.work();
  }

  @Actor
  public void close() {
    race.queue.close();
  }

  @Arbiter
  public void ending(L_Result result) {
    race.work();
    result.r1 = race.ending(ticket);
  }
}
