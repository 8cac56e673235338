package io.github.resnetserving.container;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.testcontainers.DockerClientFactory;

/**
 * Marks tests of the image that {@code RESNET_IMAGE} names; skipped where it names none, or no
 * engine answers. They do not build it: that takes minutes, and BuildKit or Buildah.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsImage.Condition.class)
@Timeout(600)
@interface NeedsImage {

  final class Condition implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      if (ServiceContainer.image().isEmpty()) {
        return ConditionEvaluationResult.disabled(
            "no image is named: docker build -t resnet-serving . and set RESNET_IMAGE=resnet-serving");
      }
      return DockerClientFactory.instance().isDockerAvailable()
          ? ConditionEvaluationResult.enabled("an engine answers")
          : ConditionEvaluationResult.disabled(
              "no container engine answers: start one, or set DOCKER_HOST");
    }
  }
}
