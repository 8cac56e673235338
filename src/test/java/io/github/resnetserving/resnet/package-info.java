/** Tests of the library. */
@NullMarked
package io.github.resnetserving.resnet;

import org.jspecify.annotations.NullMarked;
