package io.github.resnetserving.capacity;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How many processes a rate takes. Immutable.
 *
 * @param wanted what was asked for
 * @param capacity answers a second of one process with always one more request, at most
 * @param loads of one process, ascending, the last at its capacity
 * @param beyond what one process makes of more than it can answer
 * @param knee the load of those with most answers for their p99; the plan knows nothing of it
 * @param highest the highest load at which the wanted p99 is kept
 * @param planned the load of one process when all replicas are there
 * @param replicas how many processes, the spare ones among them
 * @param most how many there may be when more requests come than were expected
 */
public record CapacityPlan(
    Wanted wanted,
    double capacity,
    List<LoadPoint> loads,
    LoadPoint beyond,
    LoadPoint knee,
    LoadPoint highest,
    LoadPoint planned,
    int replicas,
    int most) {

  /**
   * What is asked for.
   *
   * @param rate requests a second, of all processes together
   * @param p99Millis within which 99 of 100 are to be answered
   * @param spare processes that may be missing
   * @param headroom how many times the rate may come
   */
  public record Wanted(double rate, double p99Millis, int spare, double headroom) {}

  /**
   * How a plan is simulated.
   *
   * @param requests for each load
   */
  public record Effort(int requests, long seed) {}

  /** That no number of processes keeps the p99. */
  public static final class UnreachableException extends Exception {
    private static final long serialVersionUID = 1L;

    private UnreachableException(String message) {
      super(message);
    }
  }

  private static final int LOADS = 10;
  private static final double BEYOND = 1.5;

  /** Loads are told apart by this part of the capacity. */
  private static final double STEP = 0.01;

  private static final double LOWEST = 0.05;

  /** Beyond this part of the capacity a queue has no end in sight when the machine slows down. */
  private static final double HIGHEST = 0.9;

  public CapacityPlan {
    loads = List.copyOf(loads);
  }

  /**
   * Simulates loads, and chooses.
   *
   * @throws UnreachableException if the p99 is longer with hardly any load; the message says how
   *     long
   */
  public static CapacityPlan of(ProcessModel model, Wanted wanted, Effort effort)
      throws UnreachableException {
    double capacity = LoadPoint.capacity(model, effort.requests(), effort.seed());
    List<LoadPoint> loads = new ArrayList<>();
    for (int i = 1; i <= LOADS; i++) {
      loads.add(at(capacity * i / LOADS, model, effort));
    }
    LoadPoint highest = highest(capacity, model, wanted, effort);
    int needed = replicas(wanted.rate(), highest.rate());
    int replicas = needed + wanted.spare();
    return new CapacityPlan(
        wanted,
        capacity,
        loads,
        at(BEYOND * capacity, model, effort),
        loads.stream().max(Comparator.comparingDouble(LoadPoint::power)).orElseThrow(),
        highest,
        at(wanted.rate() / replicas, model, effort),
        replicas,
        replicas(wanted.headroom() * wanted.rate(), highest.rate()) + wanted.spare());
  }

  /** By halving the loads that come into question: response times grow with the load. */
  private static LoadPoint highest(
      double capacity, ProcessModel model, Wanted wanted, Effort effort)
      throws UnreachableException {
    LoadPoint kept = at(LOWEST * capacity, model, effort);
    if (!kept.keeps(wanted.p99Millis())) {
      throw new UnreachableException(
          ("a p99 of %.0f ms cannot be kept here: it is %.1f ms with a load of %.0f %% already."
                  + " Allow more, or take a smaller network, a faster precision, or smaller images")
              .formatted(wanted.p99Millis(), kept.p99(), 100 * LOWEST));
    }
    double low = LOWEST;
    double high = HIGHEST + STEP;
    while (high - low > STEP + 1e-9) {
      double middle = Math.round((low + high) / 2 / STEP) * STEP;
      LoadPoint load = at(middle * capacity, model, effort);
      if (load.keeps(wanted.p99Millis())) {
        low = middle;
        kept = load;
      } else {
        high = middle;
      }
    }
    return kept;
  }

  private static LoadPoint at(double rate, ProcessModel model, Effort effort) {
    return LoadPoint.at(rate, model, effort.requests(), effort.seed());
  }

  /** How many processes a rate takes of which each takes a part. */
  static int replicas(double rate, double each) {
    return (int) Math.ceil(rate / each - 1e-9);
  }
}
