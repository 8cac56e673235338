package io.github.resnetserving.imageurl;

import io.github.resnetserving.imageurl.RemoteImages.Room;

/** Room for everything, or for so much, which counts what is taken. */
final class CountedRoom implements Room {

  private final long most;
  private long held;

  CountedRoom() {
    this(Long.MAX_VALUE);
  }

  CountedRoom(long most) {
    this.most = most;
  }

  @Override
  public boolean tryTake(long bytes) {
    if (bytes > most - held) {
      return false;
    }
    held += bytes;
    return true;
  }

  @Override
  public void giveBack(long bytes) {
    held -= bytes;
  }

  long held() {
    return held;
  }
}
