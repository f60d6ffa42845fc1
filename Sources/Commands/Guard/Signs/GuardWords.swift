/// What is said of a rule: what is wrong, why it matters, what to do instead.
struct GuardWords {
    let title: String
    let reason: String
    let fix: String
}

extension GuardWords {
    static let unreadable = GuardWords(
        title: "a file that cannot be read",
        reason:
            "What cannot be read cannot be judged, and the tool that it is for will not read it either.",
        fix: "mend the file where the message points")

    static let waiver = GuardWords(
        title: "a waiver that does not count",
        reason:
            "An exception nobody stands for, or that has no end, is a rule that was taken away.",
        fix: "write: # ledger:waive RULE reason=\"…\" owner=NAME until=YYYY-MM-DD")

    static let literalSecret = GuardWords(
        title: "a secret that is written down",
        reason:
            "Whoever can read the file, its history or the image's layers has the secret. A default (`${VAR:-value}`) is one too.",
        fix: "give it as ${VAR} from outside, or as a secret that is mounted; and change the secret"
    )

    static let rootUser = GuardWords(
        title: "a container that runs as root",
        reason:
            "Who breaks out of the program is root in the container, and one fault of the kernel away from root on the host.",
        fix: "end the last stage with a USER that is not root")

    static let movingTag = GuardWords(
        title: "an image whose tag moves",
        reason:
            "The same file builds or starts another program tomorrow, and nobody can say which ran yesterday.",
        fix: "name a version, best with its digest: image:1.2.3@sha256:…")

    static let baseImage = GuardWords(
        title: "a base image that does not fit its role",
        reason:
            "A full image carries compilers and tools that are only good for an intruder; without CUDA's runtime a GPU stays unused.",
        fix:
            "for CPU a -slim image; for GPU a CUDA -runtime image; -devel only in a stage that builds"
    )

    static let buildTools = GuardWords(
        title: "build tools in the image that runs",
        reason: "Compilers and headers make the image large and an intruder's work easy.",
        fix: "build in a stage of its own, and copy only what runs into the last")

    static let multiStage = GuardWords(
        title: "an image that is built where it runs",
        reason:
            "Sources, compilers and caches of packages go out with every release, are pulled to every host, and are an intruder's tools.",
        fix:
            "build in a stage of its own and copy the result (COPY --from=build); leave no cache: rm -rf /var/lib/apt/lists/*, --no-cache-dir, --no-cache, or a cache mount"
    )

    static let ffmpeg = GuardWords(
        title: "a voice pipeline without ffmpeg",
        reason:
            "Whisper, pydub and their like start ffmpeg when the first request comes, and fail then.",
        fix: "install ffmpeg in the stage that runs: apt-get install --no-install-recommends ffmpeg"
    )

    static let modelWeights = GuardWords(
        title: "model weights in the image",
        reason:
            "Gigabytes are built, pushed and pulled with every release, and a way back needs all of them again.",
        fix: "fetch them at start into a volume, and leave them out of the build context")

    static let ignoreFile = GuardWords(
        title: "a build context that holds too much",
        reason: "What is in the context can end in a layer: history, secrets, people's data.",
        fix: "add the line to .dockerignore; **/ makes it count at every depth")

    static let volumes = GuardWords(
        title: "data that dies with its container",
        reason:
            "A deploy or a revert replaces the container, and everything it wrote in itself is gone.",
        fix: "mount a named volume or a folder of the host there")

    static let dockerSocket = GuardWords(
        title: "the container engine's socket in a container",
        reason: "Who has the socket is root on the host.",
        fix: "do without, or put a proxy before it that allows only what is needed")

    static let privileged = GuardWords(
        title: "a container with all rights",
        reason: "A privileged container can do on its host whatever root can.",
        fix: "add the single capability or device that is needed")

    static let deployByTag = GuardWords(
        title: "a deploy by tag",
        reason: "Between build and deploy a tag can move: what was tested is not what runs.",
        fix: "deploy the digest that the build put out: image@sha256:…, or ledger deploy")

    static let untestedDeploy = GuardWords(
        title: "a deploy that waits for no test",
        reason: "What nobody linted and tested goes out as fast as what somebody did.",
        fix: "let the deploying job need one that lints and tests (needs:)")

    static let unpinnedAction = GuardWords(
        title: "an action that can change",
        reason:
            "A tag or branch of somebody else's repository runs in your pipeline with your secrets, whatever it says tomorrow.",
        fix: "name the whole commit: owner/action@40-hex # v1.2.3")

    static let permissions = GuardWords(
        title: "a workflow with more rights than it names",
        reason:
            "Without `permissions` the token can do what the repository's settings allow, often write everything.",
        fix: "write permissions: {contents: read} at the top, and more only where a job needs it")
}
