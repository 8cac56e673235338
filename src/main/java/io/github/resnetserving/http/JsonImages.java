package io.github.resnetserving.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.resnetserving.rest.request.Echo;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.AdditionalPropertiesValue;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.Base64Variant;
import tools.jackson.core.Base64Variants;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/**
 * Images as base64, or their addresses, in a JSON body. The body is read token by token: fields,
 * depth, lengths and the number of images are checked before anything is made of them, and an
 * image's bytes are decoded straight out of the body. Thread-safe.
 */
final class JsonImages {

  /** The body, for the API's document. */
  @Schema(
      name = "Images",
      requiredProperties = "images",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  record Body(@JsonProperty("images") @Nullable List<@Nullable Item> images) {}

  /** One image of the body. */
  @Schema(
      name = "Image",
      description = "An image: data or url",
      additionalProperties = AdditionalPropertiesValue.FALSE)
  record Item(
      @JsonProperty("id") @Schema(description = "Comes back with its result") @Nullable String id,
      @JsonProperty("data") @Schema(format = "byte", description = "The image in base64")
          @Nullable String data,
      @JsonProperty("url")
          @Schema(description = "Refused unless its host is allowed; in place of data")
          @Nullable String url) {}

  /** Deeper than an image of a body. */
  private static final int MAX_DEPTH = 4;

  private static final int MAX_NAME = 100;
  private static final int MAX_ID = 1000;
  private static final int MAX_URL = 8000;

  /** As lenient about padding as Java's own decoder. */
  private static final Base64Variant BASE64 =
      Base64Variants.MIME_NO_LINEFEEDS.withReadPadding(
          Base64Variant.PaddingReadBehaviour.PADDING_ALLOWED);

  private final int maxImages;
  private final JsonFactory json;

  JsonImages(int maxImages) {
    this.maxImages = maxImages;
    this.json =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxStringLength(MAX_URL) // images are not read as strings
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNameLength(MAX_NAME)
                    .build())
            .build();
  }

  /** Says what is wrong with a body; becomes a problem. */
  private static final class Wrong extends Exception {

    private final @Nullable String id;

    private Wrong(@Nullable String id, String what) {
      super(what, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
      this.id = id;
    }
  }

  /**
   * The images of a body, in their order.
   *
   * @param room asked before so many bytes are decoded; throws where there is no room
   * @throws ProblemException if the body is not as it must be
   */
  List<ImageSource> read(byte[] body, LongConsumer room) {
    try (JsonParser parser = json.createParser(ObjectReadContext.empty(), body)) {
      return images(parser, new Raw(body, 0, body.length), room);
    } catch (JacksonException e) {
      throw ProblemException.badRequest(
          "The body is not the JSON that is expected, {\"images\": [{\"data\": \"<base64>\"}]}; "
              + "see line %d, column %d.".formatted(line(e), column(e)));
    } catch (Wrong e) {
      throw ProblemException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  /**
   * One line of a stream.
   *
   * @param room asked before so many bytes are decoded; throws where there is no room
   * @return carries a problem where the line is wrong
   */
  ImageSource line(byte[] buffer, int offset, int length, long number, LongConsumer room) {
    try (JsonParser parser = json.createParser(ObjectReadContext.empty(), buffer, offset, length)) {
      parser.nextToken();
      ImageSource image =
          image("Line %d: ".formatted(number), parser, new Raw(buffer, offset, length), room);
      if (parser.nextToken() != null) {
        throw unexpected(parser);
      }
      return image;
    } catch (JacksonException e) {
      return refused(
          null,
          "Line %d is not the JSON that is expected, {\"id\": \"…\", \"data\": \"<base64>\"}; see column %d."
              .formatted(number, column(e)));
    } catch (Wrong e) {
      return refused(e.id, String.valueOf(e.getMessage()));
    }
  }

  private static int line(JacksonException e) {
    TokenStreamLocation location = e.getLocation();
    return location == null ? 1 : location.getLineNr();
  }

  private static int column(JacksonException e) {
    TokenStreamLocation location = e.getLocation();
    return location == null ? 1 : location.getColumnNr();
  }

  private static ImageSource refused(@Nullable String id, String detail) {
    return new ImageSource.Here(SentImage.refused(id, ProblemException.badRequest(detail)));
  }

  private List<ImageSource> images(JsonParser parser, Raw raw, LongConsumer room) throws Wrong {
    List<ImageSource> images = null;
    JsonToken token = parser.nextToken();
    if (token == JsonToken.VALUE_NULL) {
      throw noImages();
    }
    expect(token, JsonToken.START_OBJECT, parser);
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String field = parser.currentName();
      if (!field.equals("images")) {
        throw unknown("", null, field, "images");
      }
      if (images != null) {
        throw new Wrong(null, "The field images is given twice.");
      }
      token = parser.nextToken();
      if (token == JsonToken.VALUE_NULL) {
        throw noImages();
      }
      expect(token, JsonToken.START_ARRAY, parser);
      images = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        if (images.size() == maxImages) {
          throw new Wrong(
              null,
              "There are more than %d images, which is as many as a request may have. Send the others in another request."
                  .formatted(maxImages));
        }
        images.add(image("images[%d].".formatted(images.size()), parser, raw, room));
      }
    }
    if (parser.nextToken() != null) {
      throw unexpected(parser);
    }
    if (images == null) {
      throw noImages();
    }
    return images;
  }

  private static Wrong noImages() {
    return new Wrong(
        null,
        "The body has no images. It must look like {\"images\": [{\"data\": \"<base64>\"}]}.");
  }

  /** Reads the value that the parser is at. */
  private static ImageSource image(String where, JsonParser parser, Raw raw, LongConsumer room)
      throws Wrong {
    String id = null;
    String url = null;
    byte[] data = null;
    if (parser.currentToken() != JsonToken.VALUE_NULL) {
      expect(parser.currentToken(), JsonToken.START_OBJECT, parser);
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String field = parser.currentName();
        boolean isNull = parser.nextToken() == JsonToken.VALUE_NULL;
        switch (field) {
          case "id" -> id = isNull ? null : text(where, id, field, parser, raw, MAX_ID);
          case "url" -> url = isNull ? null : text(where, id, field, parser, raw, MAX_URL);
          case "data" -> {
            if (data != null) {
              throw new Wrong(id, where + "data is given twice.");
            }
            data = isNull ? null : data(where, id, parser, raw, room);
          }
          default -> throw unknown(where, id, field, "id, data, url");
        }
      }
    }
    if (url != null) {
      return new ImageSource.There(id, where, url);
    }
    if (data == null || data.length == 0) {
      throw new Wrong(id, where + "data is missing: it must be an image in base64.");
    }
    return new ImageSource.Here(new SentImage(id, data));
  }

  private static void expect(@Nullable JsonToken token, JsonToken wanted, JsonParser parser) {
    if (token != wanted) {
      throw unexpected(parser);
    }
  }

  private static JacksonException unexpected(JsonParser parser) {
    return new tools.jackson.core.exc.StreamReadException(
        parser, "not what is expected", parser.currentTokenLocation());
  }

  private static Wrong unknown(String where, @Nullable String id, String field, String known) {
    return new Wrong(
        id, "%sThere is no field %s. There are: %s.".formatted(where, Echo.of(field), known));
  }

  private static String text(
      String where, @Nullable String id, String field, JsonParser parser, Raw raw, int longest)
      throws Wrong {
    expect(parser.currentToken(), JsonToken.VALUE_STRING, parser);
    int start = raw.textStart(parser); // its length is looked at before a string is made of it
    if (raw.textEnd(start) - start > longest || parser.getStringLength() > longest) {
      throw new Wrong(
          id, "%s%s is too long: it may have at most %d bytes.".formatted(where, field, longest));
    }
    return parser.getString();
  }

  /** The bytes that are parsed, to decode base64 without a string in between. */
  @SuppressWarnings("ArrayRecordComponent") // a view of the body
  private record Raw(byte[] bytes, int offset, int length) {

    /** Where the text begins that the parser is at. */
    int textStart(JsonParser parser) {
      return offset + (int) parser.currentTokenLocation().getByteOffset() + 1; // after the quote
    }

    /** Whether the text is there; it is not where the body is in another encoding than UTF-8. */
    boolean isText(int start) {
      return start > offset && start < offset + length && bytes[start - 1] == '"';
    }

    /** Where the text ends that begins there. */
    int textEnd(int start) {
      int end = start;
      while (end < offset + length && bytes[end] != '"') {
        end++;
      }
      return end;
    }

    boolean hasEscape(int start, int end) {
      for (int i = start; i < end; i++) {
        if (bytes[i] == '\\') {
          return true;
        }
      }
      return false;
    }
  }

  private static byte[] data(
      String where, @Nullable String id, JsonParser parser, Raw raw, LongConsumer room)
      throws Wrong {
    expect(parser.currentToken(), JsonToken.VALUE_STRING, parser);
    int start = raw.textStart(parser);
    int end = raw.textEnd(start);
    if (!raw.isText(start)) {
      throw new Wrong(id, where + "data cannot be read: send the body in UTF-8.");
    }
    room.accept((end - start) / 4 * 3L + 3);
    try {
      if (raw.hasEscape(start, end)) { // some clients write \/ for each slash
        ByteArrayOutputStream bytes = new ByteArrayOutputStream((end - start) / 4 * 3);
        parser.readBinaryValue(BASE64, bytes);
        return bytes.toByteArray();
      }
      return Base64.getDecoder().decode(ByteBuffer.wrap(raw.bytes(), start, end - start)).array();
    } catch (IllegalArgumentException | JacksonException e) {
      throw new Wrong(id, where + "data is not base64.");
    }
  }
}
