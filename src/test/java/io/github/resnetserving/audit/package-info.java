@NullMarked
package io.github.resnetserving.audit;

import org.jspecify.annotations.NullMarked;
