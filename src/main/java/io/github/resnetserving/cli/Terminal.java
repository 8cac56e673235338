package io.github.resnetserving.cli;

import java.io.Console;

/** Where progress is shown: a terminal, or a log file, which wants fewer lines. */
final class Terminal {

  /** Milliseconds between updates on a screen. */
  static final int INTERVAL = 1000;

  /** Milliseconds between updates in a log. */
  static final int LOG_INTERVAL = 20_000;

  private Terminal() {}

  /** JDK 22 to 24 give a console that is no terminal; those before and after give none. */
  @SuppressWarnings("SystemConsoleNull")
  static boolean isThere() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
