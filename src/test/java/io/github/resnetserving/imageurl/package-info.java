@NullMarked
package io.github.resnetserving.imageurl;

import org.jspecify.annotations.NullMarked;
