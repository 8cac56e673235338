package io.github.resnetserving.rest;

import io.github.resnetserving.rest.problem.ProblemException;
import io.github.resnetserving.rest.request.Base64Text;
import io.github.resnetserving.rest.request.RequestException;
import io.github.resnetserving.rest.request.RequestLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
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

  /** Deeper than an image of a body. */
  private static final int MAX_DEPTH = 4;

  private static final int MAX_NAME = 100;
  private static final int MAX_ID = 1000;
  private static final int MAX_URL = 8000;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(MAX_URL) // images are not read as strings
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNameLength(MAX_NAME)
                  .build())
          .build();

  private final int maxImages;

  JsonImages(RequestLimits limits) {
    this.maxImages = limits.maxImages();
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
  List<ImagePart.Source> read(byte[] body, LongConsumer room) {
    try (JsonParser parser = parser(body, 0, body.length)) {
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
  ImagePart.Source line(byte[] buffer, int offset, int length, long number, LongConsumer room) {
    try (JsonParser parser = parser(buffer, offset, length)) {
      parser.nextToken();
      ImagePart.Source image =
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

  /**
   * A factory keeps the names of all that its parsers have read, thousands of them, and each body
   * with a new one would copy their table, of some 100 kB: so each body has a factory of its own.
   */
  private JsonParser parser(byte[] bytes, int offset, int length) {
    return JSON.rebuild().build().createParser(ObjectReadContext.empty(), bytes, offset, length);
  }

  private static int line(JacksonException e) {
    TokenStreamLocation location = e.getLocation();
    return location == null ? 1 : location.getLineNr();
  }

  private static int column(JacksonException e) {
    TokenStreamLocation location = e.getLocation();
    return location == null ? 1 : location.getColumnNr();
  }

  private static ImagePart.Source refused(@Nullable String id, String detail) {
    return new ImagePart.Source.Inline(ImagePart.refused(id, ProblemException.badRequest(detail)));
  }

  private List<ImagePart.Source> images(JsonParser parser, Raw raw, LongConsumer room)
      throws Wrong {
    List<ImagePart.Source> images = null;
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
  private static ImagePart.Source image(String where, JsonParser parser, Raw raw, LongConsumer room)
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
      return new ImagePart.Source.Remote(id, where, url);
    }
    if (data == null || data.length == 0) {
      throw new Wrong(id, where + "data is missing: it must be an image in base64.");
    }
    return new ImagePart.Source.Inline(new ImagePart(id, data));
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
        id,
        "%sThere is no field %s. There are: %s."
            .formatted(where, RequestException.echo(field), known));
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
    return Base64Text.decode(raw.bytes(), start, end)
        .orElseThrow(() -> new Wrong(id, where + "data is not base64."));
  }
}
