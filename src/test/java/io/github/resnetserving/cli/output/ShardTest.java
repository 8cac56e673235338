package io.github.resnetserving.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShardTest {

  /** {@code int(hashlib.sha256(name.encode()).hexdigest()[:16], 16) % count} in Python. */
  @ParameterizedTest
  @CsvSource({
    "a.png, 0, 1, 672",
    "images/a.png, 1, 2, 261",
    "images/a/b.png, 1, 4, 257",
    "写真.jpg, 2, 2, 574"
  })
  void theShardOfAnImageFollowsFromItsNameAlone(String id, int of4, int of7, int of1000) {
    assertThat(new Shard(of4, 4).has(id)).isTrue();
    assertThat(new Shard(of7, 7).has(id)).isTrue();
    assertThat(new Shard(of1000, 1000).has(id)).isTrue();
  }

  @Test
  void everyImageIsOfExactlyOneShardAndShardsAreAboutAsLarge() {
    int[] images = new int[7];
    for (int i = 0; i < 7000; i++) {
      String id = "photos/%d.jpg".formatted(i);
      int[] of = IntStream.range(0, 7).filter(k -> new Shard(k, 7).has(id)).toArray();
      assertThat(of).hasSize(1);
      images[of[0]]++;
    }
    assertThat(IntStream.of(images)).allSatisfy(count -> assertThat(count).isBetween(900, 1100));
  }

  @Test
  void aShardHasAFileOfItsOwn() {
    assertThat(Shard.of("1/4").file(Path.of("out/photos.v2.npy")))
        .isEqualTo(Path.of("out/photos.v2-00001-of-00004.npy"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"4/4", "0/0", "-1/4", "1", "1/", "1/4/8", "a/b", "100000/100001", ""})
  void whatIsNoShardIsRefused(String text) {
    assertThatThrownBy(() -> Shard.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(text + " is no shard: write I/N, with I from 0 to N-1, such as 0/4");
  }
}
