package io.github.resnetserving.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.auth.AccessPolicy.Decision.Forbidden;
import io.github.resnetserving.auth.AccessPolicy.Decision.Granted;
import io.github.resnetserving.auth.AccessPolicy.Decision.Unauthenticated;
import io.github.resnetserving.auth.ApiKey.Right;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ApiKeysTest {

  private static final ApiKeys KEYS =
      new ApiKeys(
          List.of(
              key("camera", "secret-1", Right.INFER),
              key("operator", "secret-2", Right.INFER, Right.ADMIN)));

  @Test
  void aKeyMayDoWhatItHasTheRightTo() {
    assertThat(KEYS.decide("Bearer secret-1", Right.INFER)).isEqualTo(new Granted("camera"));
    assertThat(KEYS.decide("bearer  secret-2 ", Right.ADMIN)).isEqualTo(new Granted("operator"));
    assertThat(KEYS.decide("Bearer secret-1", Right.ADMIN))
        .isEqualTo(new Forbidden("The key \"camera\" lacks the right admin."));
  }

  @Test
  void whoeverShowsNoKnownKeyIsNobody() {
    assertThat(KEYS.decide(null, Right.INFER))
        .isEqualTo(new Unauthenticated("This needs a key: send Authorization: Bearer KEY."));
    assertThat(KEYS.decide("Basic c2VjcmV0LTE=", Right.INFER))
        .isEqualTo(new Unauthenticated("The Authorization header must be Bearer KEY."));
    assertThat(KEYS.decide("Bearer secret-3", Right.INFER))
        .isEqualTo(new Unauthenticated("The key is not known here."));
    assertThat(KEYS.decide("Bearer ", Right.INFER))
        .isEqualTo(new Unauthenticated("The key is not known here."));
  }

  @Test
  void withoutKeysEveryCallerMayAskAndNoneMayAdminister() {
    ApiKeys none = new ApiKeys(List.of());

    assertThat(none.decide(null, Right.INFER)).isEqualTo(new Granted(null));
    assertThat(none.decide(null, Right.ADMIN))
        .isEqualTo(new Forbidden("Administration needs an admin key, and no keys are configured."));
  }

  @Test
  void newKeysAreLongAndNeverTheSame() {
    String key = ApiKey.random();

    assertThat(key).matches("rsk_[A-Za-z0-9_-]{43}").isNotEqualTo(ApiKey.random());
    ApiKeys keys = new ApiKeys(List.of(key("new", key, Right.INFER)));
    assertThat(keys.decide("Bearer " + key, Right.INFER)).isEqualTo(new Granted("new"));
  }

  @Test
  void keysThatMakeNoSenseAreRefused() {
    assertThatThrownBy(() -> new ApiKey("camera", "secret", Set.of(Right.INFER)))
        .hasMessage(
            "the sha256 of the key \"camera\" is not 64 hexadecimal digits: the command keys new"
                + " prints it");
    assertThatThrownBy(() -> new ApiKey("camera", ApiKey.sha256("secret"), Set.of()))
        .hasMessage("the key \"camera\" has no rights: give it infer, admin or both");
    ApiKey one = key("camera", "secret", Right.INFER);
    assertThatThrownBy(() -> new ApiKeys(List.of(one, one)))
        .hasMessage("two keys are named \"camera\": a name tells one from another");
  }

  @Test
  void aHashIsSha256() {
    assertThat(ApiKey.sha256("abc"))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  private static ApiKey key(String name, String key, Right... rights) {
    return new ApiKey(name, ApiKey.sha256(key), Set.of(rights));
  }
}
