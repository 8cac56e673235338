/**
 * Files and lines that the command line writes: results of images in, a table, JSON, NumPy or
 * Parquet out. A run that was interrupted goes on with them.
 */
@NullMarked
package io.github.resnetserving.cli.output;

import org.jspecify.annotations.NullMarked;
