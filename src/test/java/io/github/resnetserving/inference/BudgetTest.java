package io.github.resnetserving.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.batch.NanoClock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class BudgetTest {

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // readings wrap around
  private final NanoClock clock = now::get;
  private final long later = now.get() + 1_000_000_000_000L;
  private final Budget budget = new Budget(10);
  private final Budget.Lease lease = budget.open(); // may have all of it

  @Test
  void whatIsTakenIsMissingUntilItIsGivenBack() {
    assertThat(lease.tryGrow(7)).isTrue();
    assertThat(lease.tryGrow(4)).isFalse();
    assertThat(budget.used()).isEqualTo(7);
    assertThat(budget.refusals()).isEqualTo(1);

    lease.shrink(7);

    assertThat(lease.tryGrow(10)).isTrue();
  }

  @Test
  void hugeAmountsAreRefusedWithoutOverflow() {
    assertThat(lease.tryGrow(5)).isTrue();
    assertThat(lease.tryGrow(Long.MAX_VALUE)).isFalse();
  }

  @Test
  void noMoreCanBeGivenBackThanWasTaken() {
    assertThatThrownBy(() -> lease.shrink(1)).hasMessage("1 is given back, but only 0 is held");
  }

  @Test
  void whoeverWaitsGetsNothingOnceTheDeadlineHasPassed() throws Exception {
    assertThat(lease.tryGrow(10)).isTrue();

    assertThat(lease.grow(1, () -> now.getAndAdd(5), now.get() + 10)).isFalse();

    assertThat(budget.used()).isEqualTo(10);
    assertThat(budget.refusals()).isEqualTo(1);
  }

  @Test
  void aSmallShareDoesNotOvertakeALargeOneThatWaits() throws Exception {
    assertThat(lease.tryGrow(5)).isTrue();
    CountDownLatch waiting = new CountDownLatch(1);
    NanoClock telling =
        () -> { // it is asked between joining the queue and waiting
          waiting.countDown();
          return now.get();
        };
    FutureTask<Boolean> large = new FutureTask<>(() -> budget.open().grow(8, telling, later));
    Thread.ofVirtual().start(large);
    waiting.await();

    assertThat(budget.open().tryGrow(1)).as("there is room for it, but not its turn").isFalse();
    lease.shrink(5);

    assertThat(large.get()).isTrue();
    assertThat(budget.used()).isEqualTo(8);
  }

  @Test
  void anInterruptedWaitTakesNothingAndLetsTheNextOnePass() throws Exception {
    assertThat(lease.tryGrow(5)).isTrue();
    CountDownLatch waiting = new CountDownLatch(1);
    NanoClock telling =
        () -> {
          waiting.countDown();
          return now.get();
        };
    FutureTask<Boolean> large = new FutureTask<>(() -> budget.open().grow(8, telling, later));
    Thread thread = Thread.ofPlatform().start(large);
    waiting.await();
    thread.interrupt();

    assertThatThrownBy(large::get).hasCauseInstanceOf(InterruptedException.class);
    assertThat(budget.open().grow(5, clock, later)).isTrue();
  }

  @Test
  void theCapacityIsNeverExceededAndNothingIsLost() throws Exception {
    AtomicLong taken = new AtomicLong();
    AtomicLong most = new AtomicLong();
    List<Future<?>> tasks = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 8; i++) {
        int amount = 1 + i;
        tasks.add(
            threads.submit(() -> {
              Budget.Lease own = budget.open();
              for (int round = 0; round < 2000; round++) {
                assertThat(own.grow(amount, clock, later)).isTrue();
                most.accumulateAndGet(taken.addAndGet(amount), Math::max);
                taken.addAndGet(-amount);
                own.shrink(amount);
              }
              return null;
            }));
      }
      for (Future<?> task : tasks) {
        task.get();
      }
    }

    assertThat(most.get()).isBetween(1L, 10L);
    assertThat(budget.used()).isZero();
  }

  @Test
  void aHolderGetsThreeQuartersInAllItsLeases() {
    Budget bytes = new Budget(400);
    Budget.Lease lease = bytes.open("connection 1", "key");

    assertThat(lease.tryGrow(200)).isTrue();
    assertThat(bytes.open("connection 2", "key").tryGrow(101)).isFalse();
    assertThat(bytes.open("connection 2", "key").tryGrow(100)).isTrue();
    assertThat(bytes.open("connection 3", "other key").tryGrow(100)).isTrue();
    assertThat(lease.held()).isEqualTo(200);
  }

  @Test
  void whereRoomIsShortTheLargestThatStillArrivesIsRevoked() {
    Budget bytes = new Budget(400);
    List<String> dropped = new ArrayList<>();
    Budget.Lease whole = bytes.open("processed");
    assertThat(whole.tryGrow(180)).isTrue();
    Budget.Lease large = bytes.open("large");
    large.arriving(() -> dropped.add("large"));
    assertThat(large.tryGrow(120)).isTrue();
    Budget.Lease medium = bytes.open("medium");
    medium.arriving(() -> dropped.add("medium"));
    assertThat(medium.tryGrow(100)).isTrue();

    Budget.Lease small = bytes.open("small");

    assertThat(small.tryGrow(10)).isTrue();
    assertThat(dropped).containsExactly("large");
    assertThat(large.isRevoked()).isTrue();
    assertThat(large.arrived()).isFalse();
    assertThat(large.tryGrow(1)).isFalse();
    assertThat(large.held()).isZero();
    assertThat(medium.arrived()).isTrue();
    assertThat(bytes.used()).isEqualTo(290);
    large.close();
    assertThat(bytes.used()).isEqualTo(290);
  }

  @Test
  void nothingIsRevokedForALeaseThatWouldHoldAsMuch() {
    Budget bytes = new Budget(400);
    assertThat(bytes.open("processed").tryGrow(290)).isTrue();
    Budget.Lease arriving = bytes.open("arriving");
    arriving.arriving(() -> {
      throw new AssertionError("revoked");
    });
    assertThat(arriving.tryGrow(100)).isTrue();

    assertThat(bytes.open("as large").tryGrow(100)).isFalse();
    assertThat(bytes.open("larger").tryGrow(101)).isFalse();
  }

  @Test
  void whatHasArrivedIsNotRevoked() {
    Budget bytes = new Budget(400);
    Budget.Lease lease = bytes.open("connection 1");
    lease.arriving(() -> {
      throw new AssertionError("revoked");
    });
    assertThat(lease.tryGrow(300)).isTrue();
    assertThat(lease.arrived()).isTrue();
    assertThat(bytes.open("connection 2").tryGrow(100)).isTrue();

    assertThat(bytes.open("connection 3").tryGrow(1)).isFalse();
  }

  @Test
  void howeverManyHoardASmallBodyFindsRoom() {
    Budget bytes = new Budget(1_000_000);
    for (int i = 0; i < 200; i++) {
      Budget.Lease greedy = bytes.open(i);
      greedy.arriving(() -> {});
      while (greedy.tryGrow(1000)) {}
    }

    assertThat(bytes.open("another").tryGrow(3_000)).isTrue();
    assertThat(bytes.used()).isLessThanOrEqualTo(1_000_000);
  }

  @Test
  void whatALeaseHoldsIsHandedToAnotherWithoutBeingFreeInBetween() {
    Budget bytes = new Budget(400);
    Budget.Lease arriving = bytes.open("connection");
    Budget.Lease own = bytes.open("connection", "key");
    assertThat(arriving.tryGrow(300)).isTrue();
    assertThat(bytes.open("other").tryGrow(100)).isTrue();

    assertThat(arriving.pass(200, own)).isTrue();

    assertThat(arriving.held()).isEqualTo(100);
    assertThat(own.held()).isEqualTo(200);
    assertThat(bytes.used()).isEqualTo(400);
    own.close();
    assertThat(bytes.used()).isEqualTo(200);
    assertThat(bytes.open("connection").tryGrow(200)).as("100 of 300 are held").isTrue();
  }

  @Test
  void nothingIsHandedOverBeyondTheShareOfAHolderOrOfWhatIsGone() {
    Budget bytes = new Budget(400);
    assertThat(bytes.open("key").tryGrow(150)).isTrue();
    Budget.Lease arriving = bytes.open("connection");
    assertThat(arriving.tryGrow(200)).isTrue();

    assertThat(arriving.pass(151, bytes.open("connection", "key"))).isFalse();
    assertThat(arriving.held()).isEqualTo(200);
    assertThat(arriving.pass(150, bytes.open("connection", "key"))).isTrue();
    Budget.Lease closed = bytes.open("connection");
    closed.close();
    assertThat(arriving.pass(1, closed)).isFalse();
    assertThatThrownBy(() -> arriving.pass(51, bytes.open("connection")))
        .hasMessage("51 is handed over, but only 50 is held");
    arriving.arriving(() -> {});
    assertThat(bytes.open("third").tryGrow(40)).isTrue();
    assertThat(bytes.open("fourth").tryGrow(20)).as("revokes").isTrue();
    assertThat(arriving.pass(1, bytes.open("connection"))).isFalse();
  }

  @Test
  void closingALeaseGivesEverythingBackOnceAndTakesNoMore() {
    Budget bytes = new Budget(400);
    Budget.Lease lease = bytes.open("connection 1");
    assertThat(lease.tryGrow(100)).isTrue();
    lease.shrink(40);
    assertThat(bytes.used()).isEqualTo(60);

    lease.close();
    lease.close();

    assertThat(bytes.used()).isZero();
    assertThat(lease.tryGrow(1)).isFalse();
    assertThat(bytes.open("connection 1").tryGrow(300)).as("nothing is remembered").isTrue();
  }

  @Test
  void noMoreIsGivenBackThanIsHeld() {
    Budget.Lease lease = new Budget(400).open("connection 1");
    assertThat(lease.tryGrow(10)).isTrue();

    assertThatThrownBy(() -> lease.shrink(11)).hasMessage("11 is given back, but only 10 is held");
  }
}
