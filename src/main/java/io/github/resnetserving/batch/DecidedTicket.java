package io.github.resnetserving.batch;

/** The ticket of a job that was not accepted. Immutable. */
record DecidedTicket<O>(BatchResult<O> result) implements Ticket<O> {

  @Override
  public BatchResult<O> await() {
    return result;
  }

  @Override
  public boolean isDone() {
    return true;
  }

  @Override
  public boolean cancel() {
    return false;
  }

  @Override
  public void onDone(Runnable action) {
    action.run();
  }
}
