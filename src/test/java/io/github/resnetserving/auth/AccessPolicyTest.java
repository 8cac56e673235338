package io.github.resnetserving.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.auth.AccessPolicy.Caller;
import io.github.resnetserving.auth.AccessPolicy.Decision.Forbidden;
import io.github.resnetserving.auth.AccessPolicy.Decision.Granted;
import io.github.resnetserving.auth.AccessPolicy.Decision.Unauthenticated;
import io.github.resnetserving.auth.ApiKey.Right;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AccessPolicyTest {

  private static final Caller LOCAL = new Caller.Local();
  private static final Caller PROXY = new Caller.Elsewhere("the header via shows a proxy");
  private static final ApiKeys NONE = new ApiKeys(List.of());
  private static final ApiKeys KEYS =
      new ApiKeys(
          List.of(
              new ApiKey("operator", ApiKey.sha256("secret"), Set.of(Right.INFER, Right.ADMIN))));
  private static final Optional<ApiKey> START_KEY = Optional.of(AdminKeyFile.of("start-secret"));

  @Test
  void withoutKeysEveryCallerMayAsk() {
    AccessPolicy policy = new AccessPolicy(NONE, START_KEY, false);

    assertThat(policy.decide(null, Right.INFER, PROXY)).isEqualTo(new Granted(null));
    assertThat(policy.decide("Bearer wrong", Right.INFER, PROXY)).isEqualTo(new Granted(null));
  }

  @Test
  void theKeyOfThisRunAdministersFromWhereverItComes() {
    AccessPolicy policy = new AccessPolicy(NONE, START_KEY, false);

    assertThat(policy.decide("Bearer start-secret", Right.ADMIN, PROXY))
        .isEqualTo(new Granted("start"));
    assertThat(policy.decide("Bearer guessed", Right.ADMIN, LOCAL))
        .isEqualTo(new Unauthenticated("The key is not known here."));
    assertThat(policy.decide(null, Right.ADMIN, LOCAL))
        .isEqualTo(
            new Forbidden(
                "Administration needs an admin key, and no keys are configured. The server's own"
                    + " user finds one for this run in the file that the log names: curl -H"
                    + " @FILE."));
  }

  @Test
  void aLocalProgramAdministersWithoutAKeyOnlyWhereThatIsConfigured() {
    AccessPolicy trusting = new AccessPolicy(NONE, Optional.empty(), true);
    AccessPolicy strict = new AccessPolicy(NONE, Optional.empty(), false);

    assertThat(trusting.decide(null, Right.ADMIN, LOCAL)).isEqualTo(new Granted(null));
    assertThat(trusting.decide(null, Right.ADMIN, PROXY))
        .isEqualTo(
            new Forbidden(
                "Administration needs an admin key, and no keys are configured. Without a key only"
                    + " programs on this machine may, and the header via shows a proxy."));
    assertThat(strict.decide(null, Right.ADMIN, LOCAL))
        .isEqualTo(new Forbidden("Administration needs an admin key, and no keys are configured."));
    assertThat(strict.decide("Bearer any", Right.ADMIN, LOCAL))
        .isEqualTo(new Unauthenticated("The key is not known here: no keys are configured."));
  }

  @Test
  void configuredKeysAreTheOnlyOnesThatCount() {
    AccessPolicy policy = new AccessPolicy(KEYS, START_KEY, true);

    assertThat(policy.decide("Bearer secret", Right.ADMIN, PROXY))
        .isEqualTo(new Granted("operator"));
    assertThat(policy.decide("Bearer start-secret", Right.ADMIN, LOCAL))
        .isEqualTo(new Unauthenticated("The key is not known here."));
    assertThat(policy.decide(null, Right.ADMIN, LOCAL)).isInstanceOf(Unauthenticated.class);
    assertThat(policy.asksForCaller()).isFalse();
  }
}
