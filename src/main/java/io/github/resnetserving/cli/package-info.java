/**
 * The command line: words in, an exit code out.
 *
 * <p>One class a subcommand; results go to standard output, progress and messages to standard
 * error.
 */
@NullMarked
package io.github.resnetserving.cli;

import org.jspecify.annotations.NullMarked;
