@NullMarked
package io.github.resnetserving.grpc;

import org.jspecify.annotations.NullMarked;
