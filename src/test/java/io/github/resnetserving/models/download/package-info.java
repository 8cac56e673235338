@NullMarked
package io.github.resnetserving.models.download;

import org.jspecify.annotations.NullMarked;
