/** Tests of files of other libraries. */
@NullMarked
package io.github.resnetserving.checkpoint.imports;

import org.jspecify.annotations.NullMarked;
