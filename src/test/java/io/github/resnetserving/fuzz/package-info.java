/**
 * What fuzz targets share. A target is a method marked {@code @FuzzTest} in a class {@code
 * *FuzzTest} beside the code that it calls; it gives the input's size and the call to {@link
 * io.github.resnetserving.fuzz.CostOracle}, which fails for undeclared exceptions and for costs out
 * of proportion.
 */
@NullMarked
package io.github.resnetserving.fuzz;

import org.jspecify.annotations.NullMarked;
