@NullMarked
package io.github.resnetserving.plan.onednn;

import org.jspecify.annotations.NullMarked;
