/** The jokes, and what to say next. */
public class KnockKnockProtocol {
    private enum State { WAITING, KNOCKED, CLUE_GIVEN, ANOTHER }

    private static final String[][] JOKES = {
        {"Turnip", "Turnip the volume, I can't hear you!"},
        {"Lettuce", "Lettuce in, it's cold out here!"},
        {"Cargo", "Car go, \"Beep beep!\""},
    };

    private State state = State.WAITING;
    private int joke = 0;

    /** Returns the answer to {@code input}, which is {@code null} before the other side has said anything. */
    public String processInput(String input) {
        String clue = JOKES[joke][0];
        switch (state) {
            case WAITING:
                state = State.KNOCKED;
                return "Knock! Knock!";
            case KNOCKED:
                if (!input.equalsIgnoreCase("Who's there?")) {
                    return "You're supposed to say \"Who's there?\"! Try again. Knock! Knock!";
                }
                state = State.CLUE_GIVEN;
                return clue;
            case CLUE_GIVEN:
                if (!input.equalsIgnoreCase(clue + " who?")) {
                    state = State.KNOCKED;
                    return "You're supposed to say \"" + clue + " who?\"! Try again. Knock! Knock!";
                }
                state = State.ANOTHER;
                return JOKES[joke][1] + " Want another? (y/n)";
            default:
                if (!input.equalsIgnoreCase("y")) {
                    state = State.WAITING;
                    return "Bye.";
                }
                joke = (joke + 1) % JOKES.length;
                state = State.KNOCKED;
                return "Knock! Knock!";
        }
    }
}
