@NullMarked
package io.github.resnetserving.plan.torchscript;

import org.jspecify.annotations.NullMarked;
