//! `rkafka completions bash|zsh|fish`: completion for the shells. The scripts only ask `rkafka complete`, which knows the
//! tools' options, and the cluster's names.

use crate::{
    launcher::is_kafka_script,
    options::clap_command,
    terminal::Terminal,
    tool::{Call, Exit, Tool},
    tools::TOOLS,
};
use clap::{Args, ValueEnum};

pub const TOOL: Tool =
    Tool { name: "completions", script: "completions", command: clap_command::<CompletionsArgs>, run, shows: &[] };

/// A shell that completes words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// What can be typed.
#[derive(Debug, Args)]
#[command(
    about = "Print completions for a shell.",
    after_help = "They complete tools, options, and what the cluster has: topics, groups, brokers, settings, contexts.\n\n\
                  Examples:\n  source <(rkafka completions bash)\n  rkafka completions zsh > ~/.zfunc/_rkafka\n  rkafka \
                  completions fish | source"
)]
struct CompletionsArgs {
    #[arg(value_name = "SHELL", help = "bash, zsh or fish: source <(rkafka completions bash)")]
    shell: Shell,
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let args: CompletionsArgs = match call.clap(terminal) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    terminal.print(script(args.shell))?;
    Ok(Exit::OK)
}

/// The files of `completions/` by name.
pub fn files() -> Vec<(String, Vec<u8>)> {
    let file = |name: &str, shell: Shell| (name.to_owned(), script(shell).into_bytes());
    vec![file("rkafka.bash", Shell::Bash), file("rkafka.fish", Shell::Fish), file("_rkafka", Shell::Zsh)]
}

/// The script of a shell, to be sourced; zsh also finds it in its `fpath`.
fn script(shell: Shell) -> String {
    let names = names();
    match shell {
        Shell::Bash => format!(
            r#"_rkafka() {{
    local IFS=$'\n'
    COMPREPLY=($(rkafka complete bash -- "${{COMP_WORDS[@]:0:COMP_CWORD+1}}" 2>/dev/null))
    case ${{COMPREPLY[0]}} in
        __files__) COMPREPLY=() && compopt -o default ;;
        *=) compopt -o nospace ;;
    esac
}}
complete -F _rkafka {}
"#,
            names.join(" ")
        ),
        Shell::Zsh => format!(
            r#"#compdef {0}
_rkafka() {{
    local -a found
    found=("${{(@f)$(rkafka complete zsh -- "${{(@)words[1,CURRENT]}}" 2>/dev/null)}}")
    case ${{found[1]}} in
        __files__) _files ;;
        '') ;;
        *=) _describe rkafka found -S '' ;;
        *) _describe rkafka found ;;
    esac
}}
if [ "${{funcstack[1]}}" = _rkafka ]; then _rkafka "$@"; else compdef _rkafka {0}; fi
"#,
            names.join(" ")
        ),
        Shell::Fish => {
            let function = r#"function __rkafka_complete
    set -l found (rkafka complete fish -- (commandline -opc) (commandline -ct) 2>/dev/null)
    if test "$found[1]" = __files__
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $found
    end
end
"#;
            // A name that no other script has: at the prompt's own level, the variable stays.
            let each = "complete -c $__rkafka_name -f -a '(__rkafka_complete)'";
            format!("{function}for __rkafka_name in {}\n    {each}\nend\nset -e __rkafka_name\n", names.join(" "))
        }
    }
}

/// The programs that are completed: `rkafka`, and the launchers and links with Kafka's names.
fn names() -> Vec<String> {
    let launched = TOOLS.iter().filter(|tool| is_kafka_script(tool.script));
    let both = launched.flat_map(|tool| [tool.script.to_owned(), format!("{}.sh", tool.script)]);
    std::iter::once("rkafka".to_owned()).chain(both).collect()
}
